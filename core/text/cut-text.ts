/** A cut at a space is worth so much of the room: further back it is a cut in one long word. */
const LEAST_KEPT_SHARE = 0.6;
const ELLIPSIS = '…';

/**
 * At most so many bytes of UTF-8: a longer text ends after a whole word, or where a word is longer than that leaves room for, after
 * a whole character, with an ellipsis.
 * @param bytes at least 3, those of the ellipsis
 * @param size what a piece of text takes; default: its UTF-8 bytes
 */
export function cutText(text: string, bytes: number, size: (text: string) => number = utf8Bytes): string {
  if (size(text) <= bytes) return text;
  const characters = [...text];
  let most = 0;
  for (let step = 2 ** Math.floor(Math.log2(characters.length)); step >= 1; step /= 2) {
    const longer = most + step;
    if (longer < characters.length && size(`${characters.slice(0, longer).join('')}${ELLIPSIS}`) <= bytes)
      most = longer;
  }
  const kept = characters.slice(0, most).join('');
  const whole = /\s/.test(characters[most] ?? '') ? kept : kept.slice(0, Math.max(0, kept.search(/\s\S*$/)));
  const words = whole.replace(/[\s,;:(]+$/, '');
  return `${words.length >= LEAST_KEPT_SHARE * kept.length ? words : kept}${ELLIPSIS}`;
}

function utf8Bytes(text: string): number {
  return new TextEncoder().encode(text).length;
}
