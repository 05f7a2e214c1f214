/**
 * Which theme the person chose. "system" follows prefers-color-scheme; the other two are
 * remembered in localStorage and put on <html data-theme>, where theme-boot.js has already
 * put them before the first paint.
 */
export type Theme = "system" | "light" | "dark";

/** theme-boot.js reads the same key: change both. */
export const THEME_STORAGE_KEY = "heliograph.theme";

const listeners = new Set<() => void>();

/** The chosen theme; "system" when nothing (or nothing readable) is stored. */
export function currentTheme(): Theme {
  const chosen = document.documentElement.dataset.theme;
  return chosen === "light" || chosen === "dark" ? chosen : "system";
}

/** Applies the theme at once and remembers it where the browser allows that. */
export function chooseTheme(theme: Theme): void {
  if (theme === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  remember(theme);
  for (const listener of listeners) listener();
}

/** Calls back after each choice; returns the way to stop. */
export function onThemeChange(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function remember(theme: Theme): void {
  try {
    if (theme === "system") localStorage.removeItem(THEME_STORAGE_KEY);
    else localStorage.setItem(THEME_STORAGE_KEY, theme);
  } catch {
    // Storage may be forbidden; the choice then lasts as long as the page.
  }
}
