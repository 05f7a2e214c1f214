/**
 * Event and EventTarget of the realm's own. A target has no parents here, so an event is at its
 * target or nowhere: nothing bubbles.
 */

type Callback = ((event: Event) => unknown) | { handleEvent?: (event: Event) => unknown };

interface Listener {
  readonly callback: Callback;
  readonly capture: boolean;
  readonly once: boolean;
}

interface Init {
  readonly bubbles?: boolean;
  readonly cancelable?: boolean;
  readonly composed?: boolean;
}

type Options = boolean | { readonly capture?: boolean; readonly once?: boolean } | undefined;

/** What an event's target may change of it, without that being a part of the event's face. */
const setTarget = Symbol("target");
const isStopped = Symbol("stopped");

export class Event {
  static readonly NONE = 0;
  static readonly CAPTURING_PHASE = 1;
  static readonly AT_TARGET = 2;
  static readonly BUBBLING_PHASE = 3;

  readonly type: string;
  readonly bubbles: boolean;
  readonly cancelable: boolean;
  readonly composed: boolean;
  readonly isTrusted = false;
  readonly timeStamp = Date.now();
  cancelBubble = false;
  #target: EventTarget | null = null;
  #isDispatched = false;
  #isCancelled = false;
  #isStopped = false;

  constructor(type: string, init: Init = {}) {
    this.type = String(type);
    this.bubbles = init.bubbles === true;
    this.cancelable = init.cancelable === true;
    this.composed = init.composed === true;
  }

  get target(): EventTarget | null {
    return this.#target;
  }

  get currentTarget(): EventTarget | null {
    return this.#isDispatched ? this.#target : null;
  }

  get eventPhase(): number {
    return this.#isDispatched ? Event.AT_TARGET : Event.NONE;
  }

  get defaultPrevented(): boolean {
    return this.#isCancelled;
  }

  composedPath(): EventTarget[] {
    return this.#isDispatched && this.#target !== null ? [this.#target] : [];
  }

  preventDefault(): void {
    if (this.cancelable) this.#isCancelled = true;
  }

  stopPropagation(): void {
    this.cancelBubble = true;
  }

  stopImmediatePropagation(): void {
    this.cancelBubble = true;
    this.#isStopped = true;
  }

  /** Begins a dispatch, or with null ends it. */
  [setTarget](target: EventTarget | null): void {
    if (target === null) {
      this.#isDispatched = false;
      this.#isStopped = false;
      this.cancelBubble = false;
      return;
    }
    if (this.#isDispatched) throw new TypeError("The event is being dispatched already.");
    this.#target = target;
    this.#isDispatched = true;
  }

  get [isStopped](): boolean {
    return this.#isStopped;
  }
}

export class EventTarget {
  readonly #listeners = new Map<string, Listener[]>();

  addEventListener(type: string, callback: Callback | null, options?: Options): void {
    if (callback === null || callback === undefined) return;
    const { capture, once } = readOptions(options);
    const listeners = this.#listeners.get(type) ?? [];
    if (listeners.some((known) => known.callback === callback && known.capture === capture)) return;
    this.#listeners.set(type, [...listeners, { callback, capture, once }]);
  }

  removeEventListener(type: string, callback: Callback | null, options?: Options): void {
    const { capture } = readOptions(options);
    this.#drop(type, (known) => known.callback === callback && known.capture === capture);
  }

  /** False if a listener has prevented the default. What a listener throws is thrown here, as upstream. */
  dispatchEvent(event: Event): boolean {
    event[setTarget](this);
    try {
      for (const listener of this.#listeners.get(event.type) ?? []) this.#tell(listener, event);
    } finally {
      event[setTarget](null);
    }
    return !event.defaultPrevented;
  }

  /** A listener that another one has removed meanwhile is not called. */
  #tell(listener: Listener, event: Event): void {
    if (event[isStopped] || this.#listeners.get(event.type)?.includes(listener) !== true) return;
    if (listener.once) this.#drop(event.type, (known) => known === listener);
    const { callback } = listener;
    if (typeof callback === "function") Reflect.apply(callback, this, [event]);
    else callback.handleEvent?.(event);
  }

  #drop(type: string, isIt: (listener: Listener) => boolean): void {
    const kept = this.#listeners.get(type)?.filter((listener) => !isIt(listener)) ?? [];
    this.#listeners.set(type, kept);
  }
}

function readOptions(options: Options): { capture: boolean; once: boolean } {
  if (typeof options === "object") {
    return { capture: options.capture === true, once: options.once === true };
  }
  return { capture: options === true, once: false };
}
