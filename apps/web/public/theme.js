// Before the first picture, so that nobody who chose dark is blinded by a flash of light.
(function () {
  try {
    var theme = localStorage.getItem("portdelta-theme");
    if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
  } catch (_) {
    // Without storage the system's choice counts.
  }
})();
