// A click on a figure opens it at twice the resolution.
for (const image of document.querySelectorAll(".bd-article img[srcset]")) {
  let link = image.closest("a");
  if (!link) {
    link = document.createElement("a");
    link.href = image.getAttribute("srcset").split(",").at(-1).trim().split(/\s+/)[0];
    image.replaceWith(link);
    link.append(image);
  }
  link.classList.add("enlarge");
  link.title = "Enlarge the figure";
}
