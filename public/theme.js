// Before the first paint, so that a chosen theme does not flash. Written by src/storage/look-store.ts.
try {
  const { theme } = JSON.parse(localStorage.getItem('look') ?? '{}');
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
} catch {
  // Blocked or garbled: the system's theme.
}
