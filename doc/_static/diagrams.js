// Diagrams of estimators take the theme of the page. By themselves, they guess it from colors that are still changing.
function followTheme() {
  const isDark = document.documentElement.dataset.theme === "dark";
  for (const diagram of document.querySelectorAll(".sk-top-container")) {
    diagram.classList.toggle("dark", isDark);
    diagram.classList.toggle("light", !isDark);
  }
}
followTheme();
new MutationObserver(followTheme).observe(document.documentElement, {attributeFilter: ["data-theme"]});
