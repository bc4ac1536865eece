/** Copies the annotations; where the browser refuses, they are selected for the keyboard. The outcome is read out. */
export const COPY = `
const copy = document.getElementById('copy');
if (copy) {
  const source = document.getElementById('annotations');
  const outcome = document.getElementById('copy-outcome');
  copy.hidden = false;
  copy.addEventListener('click', async () => {
    try {
      await navigator.clipboard.writeText(source.textContent);
      outcome.textContent = copy.dataset.done;
    } catch {
      getSelection().selectAllChildren(source);
      outcome.textContent = document.execCommand('copy') ? copy.dataset.done : copy.dataset.failed;
    }
  });
}
`;
