/** Installing the page as an app, where the browser offers it to pages. */

/** Not in the DOM library: Chromium's. */
interface InstallPrompt extends Event {
  prompt(): Promise<{ readonly outcome: 'accepted' | 'dismissed' }>;
}

const isInstallPrompt = (event: Event): event is InstallPrompt => 'prompt' in event;

/** Shows the button while the browser would install the page. */
export function bindInstall(button: HTMLButtonElement): void {
  let offered: InstallPrompt | null = null;
  const show = (prompt: InstallPrompt | null): void => {
    offered = prompt;
    button.hidden = prompt === null;
  };
  addEventListener('beforeinstallprompt', (event) => {
    if (!isInstallPrompt(event)) return;
    // The button takes the place of the browser's own banner.
    event.preventDefault();
    show(event);
  });
  addEventListener('appinstalled', () => show(null));
  button.addEventListener('click', () => {
    const prompt = offered;
    // An offer can be taken once.
    show(null);
    prompt?.prompt().catch(() => undefined);
  });
}
