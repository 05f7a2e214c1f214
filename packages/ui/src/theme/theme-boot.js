/* Runs before the first paint, as a file of its own because the CSP forbids inline scripts. */
(() => {
  try {
    const chosen = localStorage.getItem("heliograph.theme");
    if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
  } catch {
    // Without storage the system's theme applies.
  }
})();
