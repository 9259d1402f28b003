// A click on a figure opens it at twice the resolution.
for (const image of document.querySelectorAll(".bd-article img[srcset]")) {
  const candidates = image.getAttribute("srcset").split(",").map(candidate => candidate.trim().split(/\s+/));
  const link = document.createElement("a");
  link.href = candidates.at(-1)[0];
  link.className = "enlarge";
  link.title = "Enlarge the figure";
  if (!image.closest("a")) {
    image.replaceWith(link);
    link.append(image);
  }
}
