/** The control that moves between the system's theme, light and dark. */
import { Monitor, Moon, Sun } from "lucide-react";
import { useSyncExternalStore } from "react";
import { IconButton } from "../primitives/button.tsx";
import { chooseTheme, currentTheme, onThemeChange, type Theme } from "./theme-store.ts";

const NEXT: Record<Theme, Theme> = { system: "light", light: "dark", dark: "system" };
const ICONS = { system: Monitor, light: Sun, dark: Moon };

/** One button that steps system → light → dark; its label says what is on and what comes next. */
export function ThemeToggle() {
  const theme = useSyncExternalStore(onThemeChange, currentTheme);
  const Icon = ICONS[theme];
  return (
    <IconButton
      label={`Theme: ${theme}. Switch to ${NEXT[theme]}`}
      onClick={() => chooseTheme(NEXT[theme])}
    >
      <Icon aria-hidden size={18} strokeWidth={1.75} />
    </IconButton>
  );
}
