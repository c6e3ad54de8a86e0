// Runs before the page is painted, so that a chosen theme does not flash. 'auto' follows the system.
(() => {
  const stored = (() => { try { return localStorage.getItem('lstm-theme'); } catch { return null; } })();
  if (stored === 'dark' || stored === 'light') document.documentElement.dataset.theme = stored;
})();
