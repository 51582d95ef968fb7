// Shows the value of each slider beside its label; without it the form works the same.
document.querySelectorAll("output[for]").forEach((output) => {
  const slider = document.getElementById(output.htmlFor.value);
  if (slider) slider.addEventListener("input", () => { output.textContent = slider.value; });
});
