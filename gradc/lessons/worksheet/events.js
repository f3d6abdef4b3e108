// What the reader does.

for (const box of boxes) {
  const isGiven = box.dataset.kind === "given";
  if (isGiven) box.value = shown(file[slotOf(box)]);
  box.addEventListener("focus", () => {
    current = box;
    hints();
  });
  box.addEventListener("change", () => {
    if (isGiven) {
      change(box);
      keepWork();
      return;
    }
    say(mark(box));
    score();
    keepWork();
  });
  box.addEventListener("input", () => {
    box.classList.remove("shown");
    if (isGiven) return;
    if (isRight(box)) mark(box);
    else {
      box.classList.remove("right", "wrong");
      spell(box, rightOf(box));
    }
    score();
    keepWork();
  });
  box.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    box.dispatchEvent(new Event("change"));
    const next = boxes[boxes.indexOf(box) + 1];
    if (next && !box.classList.contains("wrong")) next.focus();
  });
}
slider.addEventListener("input", () => step(Number(slider.value)));
find("back").addEventListener("click", () => step(Number(slider.value) - 1));
find("on").addEventListener("click", () => step(Number(slider.value) + 1));
find("reveal").addEventListener("click", () => {
  step(work.length);
  say("all numbers are shown");
});
find("hide").addEventListener("click", () => {
  work.forEach(clear);
  step(0);
  keepWork();
  say("all numbers are hidden");
});
if (graph.live) find("reset").addEventListener("click", () => {
  given = file.slice();
  for (const box of boxes) {
    if (box.dataset.kind !== "given") continue;
    box.value = shown(file[slotOf(box)]);
    box.classList.remove("wrong");
    box.removeAttribute("aria-invalid");
  }
  refresh();
  keepWork();
  say("the numbers are those of the file");
});
slider.value = "0";
restoreWork();
refresh();
