/** Terms explain themselves on hover and focus as well, beside the term; tap, Enter and Escape are the browser's own. */
export const GLOSSARY = `
const tipOf = (term) => document.getElementById(term.getAttribute('popovertarget'));
let leaving;
let explained;
function place(term) {
  const tip = tipOf(term);
  const at = term.getBoundingClientRect();
  const { width, height } = tip.getBoundingClientRect();
  const below = at.bottom + 6 + height < innerHeight || at.top < height + 6;
  tip.style.margin = '0';
  tip.style.inset = 'auto';
  tip.style.left = Math.max(8, Math.min(at.left, document.documentElement.clientWidth - width - 8)) + 'px';
  tip.style.top = (below ? at.bottom + 6 : at.top - height - 6) + 'px';
}
function showTip(term) {
  const tip = tipOf(term);
  if (!tip.showPopover) return;
  clearTimeout(leaving);
  if (!tip.matches(':popover-open')) tip.showPopover();
  explained = term;
  place(term);
}
const hideTips = () => { for (const tip of document.querySelectorAll('.tip:popover-open')) tip.hidePopover(); };
const leave = () => { clearTimeout(leaving); leaving = setTimeout(hideTips, 150); };
for (const term of document.querySelectorAll('.term')) {
  term.addEventListener('pointerenter', (e) => { if (e.pointerType === 'mouse') showTip(term); });
  term.addEventListener('pointerleave', (e) => { if (e.pointerType === 'mouse') leave(); });
  term.addEventListener('focus', () => { if (term.matches(':focus-visible')) showTip(term); });
  term.addEventListener('blur', leave);
  term.addEventListener('click', () => showTip(term));
}
for (const tip of document.querySelectorAll('.tip')) {
  tip.addEventListener('pointerenter', () => clearTimeout(leaving));
  tip.addEventListener('pointerleave', (e) => { if (e.pointerType === 'mouse') leave(); });
}
addEventListener('beforeprint', () => { document.querySelector('.glossary').open = true; });
addEventListener('scroll', () => { if (explained && tipOf(explained).matches(':popover-open')) place(explained); }, { passive: true });
`;
