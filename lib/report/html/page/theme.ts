// Light, dark, or as the system says. The choice is kept in the browser where that is allowed.

/** What can be chosen. */
export const THEMES = ['auto', 'light', 'dark'] as const;

/** What is chosen. */
export type Theme = (typeof THEMES)[number];

const KEY = 'abtrace-theme';
const listeners = new Set<() => void>();
const systemIsDark = matchMedia('(prefers-color-scheme: dark)');
let chosen: Theme = 'auto';

/** Applies the choice of an earlier visit and returns it. */
export function restoreTheme(): Theme {
  chosen = THEMES.find((each) => each === readStored()) ?? 'auto';
  systemIsDark.addEventListener('change', apply);
  apply();
  return chosen;
}

/** Applies a choice and keeps it. */
export function chooseTheme(theme: Theme): void {
  chosen = theme;
  try {
    localStorage.setItem(KEY, theme);
  } catch {
    // A page opened from a file may not be allowed to keep anything.
  }
  apply();
}

/** Calls back when colours have changed; returns a function that ends that. */
export function onThemeChange(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function apply(): void {
  const dark = chosen === 'dark' || (chosen === 'auto' && systemIsDark.matches);
  document.documentElement.dataset.theme = dark ? 'dark' : 'light';
  for (const listener of listeners) listener();
}

function readStored(): string | null {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null;
  }
}
