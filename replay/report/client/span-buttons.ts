/** The buttons above the demand chart: all of it, a day, a week. */
export const SPAN_BUTTONS = `
const [main] = charts;
if (main && main.host.id === 'demand-chart') {
  const first = demand.start;
  const last = first + (demand.most.length - 1) * demand.step;
  const buttons = [...document.querySelectorAll('#days button')];
  const mark = () => {
    for (const b of buttons) {
      const on = b.dataset.from ? Math.abs(main.host.dataset.from - Math.max(first, +b.dataset.from)) < 1 && Math.abs(main.host.dataset.to - Math.min(last, +b.dataset.to)) < 1
        : main.host.dataset.zoomed === 'false';
      b.setAttribute('aria-pressed', String(on));
    }
  };
  main.host.addEventListener('zoom', mark);
  for (const b of buttons) b.addEventListener('click', () => b.dataset.from
    ? main.zoom(Math.max(first, +b.dataset.from), Math.min(last, +b.dataset.to)) : main.zoom(first, last));
  mark();
}
`;
