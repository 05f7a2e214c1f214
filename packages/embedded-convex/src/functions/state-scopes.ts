/** The walk over a module's syntax tree for `state-tracking.ts`: scopes, captures, writes. */
import type { AnyNode } from "acorn";
import { forEachTarget, isNode } from "./assignment-targets.ts";
import type { EditList } from "./edits.ts";
import { afterDirectives } from "./tick-points.ts";

interface FunctionInfo {
  /** Null for the module: it always ran during the import. */
  readonly node: AnyNode | null;
  /** Name of the variable that says whether this call began during the import. */
  readonly flag: string;
  flagNeeded: boolean;
}

interface Scope {
  readonly parent: Scope | null;
  readonly owner: FunctionInfo;
  readonly declared: Set<string>;
  readonly captured: Set<string>;
  /** Where a statement may be inserted; null where none may. */
  readonly insertAt: number | null;
  /** A function's own scope: `var` lands here. */
  readonly isFunctionScope: boolean;
}

interface Reference {
  readonly name: string;
  readonly scope: Scope;
  /** The expression that writes; null for a read. */
  readonly write: Stretch | null;
}

interface Stretch {
  readonly start: number;
  readonly end: number;
}

interface ClassInfo {
  readonly fields: ReadonlySet<string>;
  readonly statics: ReadonlySet<string>;
  readonly flag: string;
  readonly bodyStart: number;
  flagNeeded: boolean;
}

export class ScopeWalk {
  readonly #code: string;
  readonly #edits: EditList;
  readonly #tracker: string;
  readonly #references: Reference[] = [];
  readonly #scopes: Scope[] = [];
  readonly #functions: FunctionInfo[] = [];
  readonly #arrowBodies = new Map<FunctionInfo, AnyNode>();
  readonly #classes: ClassInfo[] = [];
  readonly #allClasses: ClassInfo[] = [];
  /** Around what writes to state; put in place last. */
  readonly #marks: { readonly expression: Stretch; readonly condition: string }[] = [];
  readonly #constructors = new Set<AnyNode>();
  /** Whether `this` is an instance under construction: its writes are no state yet. */
  #inConstructor = false;
  #staticThis = false;
  #names = 0;

  constructor(code: string, edits: EditList, tracker: string) {
    this.#code = code;
    this.#edits = edits;
    this.#tracker = tracker;
  }

  addDeclarations(program: AnyNode): void {
    const owner: FunctionInfo = { node: null, flag: "", flagNeeded: false };
    const scope = this.#openScope(null, owner, null, true);
    this.#children(program, scope);
    this.#resolve();
    this.#addFlags();
    const roots = ["()=>module.exports", ...[...scope.captured].map((name) => `()=>${name}`)];
    this.#edits.insert(this.#code.length, `;${this.#tracker}.roots(${roots.join(",")});`);
  }

  addMarks(): void {
    for (const { expression, condition } of this.#marks)
      this.#edits.wrap(expression, `(${condition}${this.#tracker}.dirty(),`, ")");
  }

  #openScope(
    parent: Scope | null,
    owner: FunctionInfo,
    insertAt: number | null,
    isFunctionScope: boolean,
  ): Scope {
    const scope = {
      parent,
      owner,
      declared: new Set<string>(),
      captured: new Set<string>(),
      insertAt,
      isFunctionScope,
    };
    this.#scopes.push(scope);
    return scope;
  }

  #children(node: AnyNode, scope: Scope): void {
    for (const [key, value] of Object.entries(node)) {
      if (key === "type" || key === "start" || key === "end") continue;
      for (const child of Array.isArray(value) ? value : [value]) {
        if (isNode(child)) this.#visit(child, scope);
      }
    }
  }

  #visit(node: AnyNode, scope: Scope): void {
    switch (node.type) {
      case "Identifier":
        this.#references.push({ name: node.name, scope, write: null });
        return;
      case "MemberExpression":
        this.#visit(node.object, scope);
        if (node.computed) this.#visit(node.property, scope);
        return;
      case "Property":
      case "PropertyDefinition":
      case "MethodDefinition":
        this.#member(node, scope);
        return;
      case "LabeledStatement":
        this.#visit(node.body, scope);
        return;
      case "BreakStatement":
      case "ContinueStatement":
        return;
      case "VariableDeclaration":
        this.#variables(node, scope);
        return;
      case "FunctionDeclaration":
        if (node.id !== null) scope.declared.add(node.id.name);
        this.#function(node, scope);
        return;
      case "FunctionExpression":
      case "ArrowFunctionExpression":
        this.#function(node, scope);
        return;
      case "ClassDeclaration":
      case "ClassExpression":
        this.#class(node, scope);
        return;
      case "AssignmentExpression":
        this.#assignment(node, scope);
        return;
      case "UpdateExpression":
        this.#write(node.argument, node, scope);
        this.#visit(node.argument, scope);
        return;
      case "BlockStatement":
      case "StaticBlock":
        this.#children(
          node,
          this.#openScope(scope, scope.owner, node.start + blockOpening(node), false),
        );
        return;
      case "ForStatement":
      case "ForInStatement":
      case "ForOfStatement":
        this.#loop(node, scope);
        return;
      case "CatchClause":
        this.#catch(node, scope);
        return;
      case "SwitchStatement":
        this.#visit(node.discriminant, scope);
        this.#childList(node.cases, this.#openScope(scope, scope.owner, null, false));
        return;
      case "ImportExpression":
        this.#edits.replace(node.start, "import".length, `${this.#tracker}.load`);
        this.#visit(node.source, scope);
        return;
      default:
        this.#children(node, scope);
        return;
    }
  }

  #childList(nodes: readonly AnyNode[], scope: Scope): void {
    for (const node of nodes) this.#visit(node, scope);
  }

  #member(
    node: AnyNode & { type: "Property" | "PropertyDefinition" | "MethodDefinition" },
    scope: Scope,
  ): void {
    if (node.computed) this.#visit(node.key as AnyNode, scope);
    if (!isNode(node.value)) return;
    if (node.type === "Property") {
      this.#visit(node.value as AnyNode, scope);
      return;
    }
    const wasStatic = this.#staticThis;
    this.#staticThis = node.static;
    if (node.type === "MethodDefinition" && node.kind === "constructor") {
      this.#constructors.add(node.value as AnyNode);
    }
    if (node.type === "MethodDefinition") this.#visit(node.value as AnyNode, scope);
    else {
      // A field's value runs once per instance, like the body of a function without statements.
      const owner = this.#newFunction(node);
      this.#visit(node.value as AnyNode, this.#openScope(scope, owner, null, true));
    }
    this.#staticThis = wasStatic;
  }

  #variables(node: AnyNode & { type: "VariableDeclaration" }, scope: Scope): void {
    const target = node.kind === "var" ? functionScopeOf(scope) : scope;
    for (const declarator of node.declarations) {
      this.#declare(declarator.id as AnyNode, target, scope);
      if (isNode(declarator.init)) this.#visit(declarator.init as AnyNode, scope);
    }
  }

  /** Declares a pattern's names; default values and computed keys are ordinary expressions. */
  #declare(pattern: AnyNode, target: Scope, scope: Scope): void {
    forEachTarget(
      pattern,
      (node) => {
        if (node.type === "Identifier") target.declared.add(node.name);
        else this.#visit(node, scope);
      },
      (node) => this.#visit(node, scope),
    );
  }

  #newFunction(node: AnyNode): FunctionInfo {
    const info = { node, flag: `$f${this.#names++}`, flagNeeded: false };
    this.#functions.push(info);
    return info;
  }

  #function(
    node: AnyNode & {
      type: "FunctionDeclaration" | "FunctionExpression" | "ArrowFunctionExpression";
    },
    scope: Scope,
  ): void {
    const owner = this.#newFunction(node);
    const body = node.body as AnyNode;
    const isBlock = body.type === "BlockStatement";
    const inner = this.#openScope(scope, owner, isBlock ? afterDirectives(body) : null, true);
    if (!isBlock) this.#arrowBodies.set(owner, body);
    if (node.type === "FunctionExpression" && node.id) inner.declared.add(node.id.name);
    const wasConstructor = this.#inConstructor;
    // Only the constructor itself: a function made in it may run at any time.
    this.#inConstructor = this.#constructors.has(node);
    for (const parameter of node.params) this.#declare(parameter as AnyNode, inner, inner);
    if (isBlock) this.#childList((body as AnyNode & { type: "BlockStatement" }).body, inner);
    else this.#visit(body, inner);
    this.#inConstructor = wasConstructor;
  }

  #loop(
    node: AnyNode & { type: "ForStatement" | "ForInStatement" | "ForOfStatement" },
    scope: Scope,
  ): void {
    const body = node.body as AnyNode;
    const insertAt = body.type === "BlockStatement" ? body.start + 1 : null;
    const head = this.#openScope(scope, scope.owner, insertAt, false);
    if (node.type !== "ForStatement" && node.left.type !== "VariableDeclaration") {
      this.#write(node.left as AnyNode, node.right as AnyNode, scope);
    }
    this.#children(node, head);
  }

  #catch(node: AnyNode & { type: "CatchClause" }, scope: Scope): void {
    const inner = this.#openScope(scope, scope.owner, node.body.start + 1, false);
    if (isNode(node.param)) this.#declare(node.param as AnyNode, inner, inner);
    this.#childList(node.body.body, inner);
  }

  #assignment(node: AnyNode & { type: "AssignmentExpression" }, scope: Scope): void {
    const left = node.left as AnyNode;
    this.#write(left, node, scope);
    if (left.type !== "ArrayPattern" && left.type !== "ObjectPattern") this.#visit(left, scope);
    else
      forEachTarget(
        left,
        (target) => this.#visit(target, scope),
        (value) => this.#visit(value, scope),
      );
    this.#visit(node.right, scope);
  }

  /** `expression` is what gets wrapped so that the write is noticed before it happens. */
  #write(target: AnyNode, expression: AnyNode, scope: Scope): void {
    forEachTarget(
      target,
      (node) => {
        if (node.type === "Identifier") {
          this.#references.push({ name: node.name, scope, write: expression });
        } else if (node.type === "MemberExpression" && node.property.type === "PrivateIdentifier") {
          this.#privateWrite(node, node.property.name, expression);
        }
      },
      () => {},
    );
  }

  #privateWrite(
    member: AnyNode & { type: "MemberExpression" },
    name: string,
    expression: AnyNode,
  ): void {
    const owner = this.#classes.findLast((info) => info.fields.has(name) || info.statics.has(name));
    if (owner === undefined) return;
    const onThis = member.object.type === "ThisExpression";
    if (onThis && this.#inConstructor && owner.fields.has(name)) return;
    const isPlain =
      owner.fields.has(name) && (onThis ? !this.#staticThis : member.object.type === "Identifier");
    if (!isPlain) {
      this.#mark(expression, "");
      return;
    }
    owner.flagNeeded = true;
    const object = onThis ? "this" : this.#code.slice(member.object.start, member.object.end);
    this.#mark(expression, `${object}.${owner.flag}&&`);
  }

  #class(node: AnyNode & { type: "ClassDeclaration" | "ClassExpression" }, scope: Scope): void {
    if (node.type === "ClassDeclaration" && node.id !== null) scope.declared.add(node.id.name);
    if (isNode(node.superClass)) this.#visit(node.superClass, scope);
    const privates = node.body.body.filter(
      (member) => "key" in member && member.key.type === "PrivateIdentifier",
    );
    const names = (isStatic: boolean) =>
      new Set(
        privates.flatMap((member) =>
          "key" in member && member.static === isStatic
            ? [(member.key as { name: string }).name]
            : [],
        ),
      );
    const info: ClassInfo = {
      fields: names(false),
      statics: names(true),
      flag: `#$f${this.#names++}`,
      bodyStart: node.body.start + 1,
      flagNeeded: false,
    };
    this.#showPrivates(node, info.bodyStart);
    this.#allClasses.push(info);
    this.#classes.push(info);
    const inner = this.#openScope(scope, scope.owner, null, false);
    if (node.id) inner.declared.add(node.id.name);
    this.#childList(node.body.body, inner);
    this.#classes.pop();
  }

  /** Private fields are out of reach from outside, so the class itself tells what is in them. */
  #showPrivates(
    node: AnyNode & { type: "ClassDeclaration" | "ClassExpression" },
    bodyStart: number,
  ): void {
    const fields = node.body.body.flatMap((member) =>
      member.type === "PropertyDefinition" && member.key.type === "PrivateIdentifier"
        ? [{ name: `#${member.key.name}`, isStatic: member.static }]
        : [],
    );
    const own = fields.filter(({ isStatic }) => !isStatic).map(({ name }) => name);
    const shared = fields.filter(({ isStatic }) => isStatic).map(({ name }) => `()=>this.${name}`);
    const values = own.map((name) => `o.${name}`).join(",");
    // The last one: an instance whose fields are all there.
    const privates = own.length > 0 ? `$.privates(o=>${own.at(-1)} in o?[${values}]:[]);` : "";
    const roots = shared.length > 0 ? `$.roots(${shared.join(",")});` : "";
    if (privates + roots === "") return;
    this.#edits.insert(bodyStart, `static{const $=${this.#tracker};${privates}${roots}}`);
  }

  #resolve(): void {
    for (const { name, scope, write } of this.#references) {
      const holder = scopeDeclaring(name, scope);
      if (holder === null || holder.owner === scope.owner) continue;
      holder.captured.add(name);
      if (write === null) continue;
      holder.owner.flagNeeded = true;
      const atImport = holder.owner.node === null;
      this.#mark(write, atImport ? "" : `${this.#flagOf(holder.owner)}&&`);
    }
  }

  /** Fields' values have no place for a flag: their writes always count. */
  #flagOf(owner: FunctionInfo): string {
    return owner.node?.type === "PropertyDefinition" ? "true" : owner.flag;
  }

  #mark(expression: Stretch, condition: string): void {
    this.#marks.push({ expression, condition });
  }

  #addFlags(): void {
    const flagged = new Map<FunctionInfo, string>();
    for (const scope of this.#scopes) {
      if (scope.owner.node === null && scope.isFunctionScope) continue;
      const roots = [...scope.captured].map((name) => `()=>${name}`).join(",");
      const statement =
        roots === "" ? "" : `${this.#tracker}.importing()&&${this.#tracker}.roots(${roots});`;
      if (scope.isFunctionScope) flagged.set(scope.owner, statement);
      else if (statement !== "" && scope.insertAt !== null)
        this.#edits.insert(scope.insertAt, statement);
    }
    for (const scope of this.#scopes) {
      if (scope.isFunctionScope && scope.owner.node !== null)
        this.#addFlag(scope, flagged.get(scope.owner) ?? "");
    }
    for (const info of this.#allClasses) {
      if (info.flagNeeded)
        this.#edits.insert(info.bodyStart, `${info.flag}=${this.#tracker}.importing();`);
    }
  }

  #addFlag(scope: Scope, roots: string): void {
    const flag = scope.owner.flagNeeded
      ? `const ${scope.owner.flag}=${this.#tracker}.importing();`
      : "";
    const statements = flag + roots;
    if (statements === "") return;
    const body = this.#arrowBodies.get(scope.owner);
    if (scope.insertAt !== null) this.#edits.insert(scope.insertAt, statements);
    else if (body !== undefined) this.#edits.wrap(body, `{${statements}return `, "}");
  }
}

function functionScopeOf(scope: Scope): Scope {
  let current = scope;
  while (!current.isFunctionScope && current.parent !== null) current = current.parent;
  return current;
}

function scopeDeclaring(name: string, from: Scope): Scope | null {
  for (let scope: Scope | null = from; scope !== null; scope = scope.parent) {
    if (scope.declared.has(name)) return scope;
  }
  return null;
}

/** Offset of the first place for a statement in `{` or `static {`. */
function blockOpening(node: AnyNode): number {
  return node.type === "StaticBlock" ? "static {".length : 1;
}
