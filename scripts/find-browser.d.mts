/** Types of find-browser.mjs for rooms that compile no JavaScript. */
export function playwrightBrowserPath(): string | null;
export function findBrowser(): string | null;
