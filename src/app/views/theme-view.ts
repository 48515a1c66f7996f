/** Light, dark, or as the system: the choice is kept for the next visit. */
import type { Look, LookStore } from '../../storage/look-store.ts';
import { byId } from './dom.ts';

export function bindTheme(look: LookStore): void {
  const fieldset = byId('theme', HTMLFieldSetElement);
  const root = document.documentElement;
  const show = (theme: Look['theme']): void => {
    if (theme === 'system') delete root.dataset['theme'];
    else root.dataset['theme'] = theme;
    showBrowserColour(theme);
  };
  for (const input of fieldset.querySelectorAll<HTMLInputElement>('input')) {
    input.checked = input.value === look.read().theme;
    input.addEventListener('change', () => {
      const theme = input.value === 'light' || input.value === 'dark' ? input.value : 'system';
      look.write({ theme });
      show(theme);
    });
  }
  show(look.read().theme);
}

/** The bar around the page, where the browser colours it: a chosen theme wins over the system's. */
function showBrowserColour(theme: Look['theme']): void {
  for (const meta of document.querySelectorAll<HTMLMetaElement>('meta[name="theme-color"]')) {
    const own = meta.dataset['scheme'] ?? (meta.media.includes('dark') ? 'dark' : 'light');
    meta.dataset['scheme'] = own;
    meta.media = theme === 'system' ? `(prefers-color-scheme: ${own})` : theme === own ? 'all' : 'not all';
  }
}
