import type { PromqlPiece } from './text.ts';

/**
 * What a string literal is to the query around it: text that stands for itself; a pattern of RE2; a replacement, in which `$1` is what a
 * pattern found; or something that this doesn't know, where nothing of a stranger's may stand.
 */
export type StringPlace = 'text' | 'pattern' | 'replacement' | 'unknown';

/** Of the functions of PromQL that take strings; by argument, the last one goes on. https://prometheus.io/docs/prometheus/latest/querying/functions/ */
const ARGUMENTS: Readonly<Record<string, readonly StringPlace[]>> = {
  label_replace: ['unknown', 'text', 'replacement', 'text', 'pattern', 'unknown'],
  label_join: ['unknown', 'text'],
  count_values: ['text', 'unknown'],
};

/** Where a string may stand, for messages. */
export const KNOWN_PLACES = `a label's matcher or an argument of ${Object.keys(ARGUMENTS).join(', ')}`;

const TOKEN = /[A-Za-z_:][\w:]*|[=!]~|[=!<>]=|\S/g;

interface Frame {
  readonly bracket: string;
  /** The function that is called. */
  readonly name: string;
  argument: number;
}

/** The place of each piece that is a string, by the piece. Comments stand nowhere: `=~ # exact\n "…"` is a pattern. */
export function stringPlaces(pieces: readonly PromqlPiece[]): ReadonlyMap<PromqlPiece, StringPlace> {
  const places = new Map<PromqlPiece, StringPlace>();
  const frames: Frame[] = [];
  let before = '';
  for (const piece of pieces) {
    if (piece.kind === 'comment') continue;
    if (piece.kind === 'string') {
      places.set(piece, placeOf(frames.at(-1), before));
      before = '""';
      continue;
    }
    for (const [token] of piece.text.matchAll(TOKEN)) {
      const frame = frames.at(-1);
      if ('([{'.includes(token)) frames.push({ bracket: token, name: before, argument: 0 });
      else if (')]}'.includes(token)) frames.pop();
      else if (token === ',' && frame) frame.argument++;
      before = token;
    }
  }
  return places;
}

function placeOf(frame: Frame | undefined, before: string): StringPlace {
  if (frame?.bracket === '{') {
    if (before === '=~' || before === '!~') return 'pattern';
    return ['=', '!=', '{', ','].includes(before) ? 'text' : 'unknown';
  }
  // An argument is the string alone.
  if (frame?.bracket !== '(' || (before !== '(' && before !== ',')) return 'unknown';
  const places = Object.hasOwn(ARGUMENTS, frame.name) ? ARGUMENTS[frame.name]! : [];
  return places[Math.min(frame.argument, places.length - 1)] ?? 'unknown';
}
