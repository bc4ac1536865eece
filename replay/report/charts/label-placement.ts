/** A point of a picture and the words that name it. */
export interface Labelled {
  readonly title: string;
  readonly x: number;
  readonly y: number;
}

/** A rectangle of a picture; y grows downwards. */
export interface Box {
  readonly x0: number;
  readonly y0: number;
  readonly x1: number;
  readonly y1: number;
}

/**
 * Where each label goes: near its dot, over nothing, and not beside another dot that it could be taken to name. Each in
 * turn chooses its best place given the others'; that ends in a local best, so it is done from several starts.
 * @param lines what a label may cross, but had better not
 */
export function placeLabels(dots: readonly Labelled[], within: Box, lines: readonly Box[]): Box[] {
  const choices = dots.map((dot) => candidates(dot, dot.title.length * 6.4 + 2, within));
  const badness = (i: number, box: Box, labels: readonly Box[]) => {
    const otherLabels = labels.filter((_, other) => other !== i);
    const otherDots = dots.filter((_, other) => other !== i).map(({ x, y }) => around(x, y, 9));
    const covered = overlap(box, [...otherDots, around(dots[i]!.x, dots[i]!.y, 5)]);
    return 3 * overlap(box, otherLabels) + 2 * covered + overlap(box, lines) + 3 * distance(dots[i]!, box);
  };
  let best: Box[] = [];
  let least = Number.POSITIVE_INFINITY;
  for (let start = 0; start < 33; start++) {
    const labels = choices.map((boxes) => boxes[start % boxes.length]!);
    for (let round = 0; round < 4; round++) {
      for (let i = 0; i < dots.length; i++) {
        labels[i] = choices[i]!.reduce((a, b) => (badness(i, b, labels) < badness(i, a, labels) ? b : a));
      }
    }
    const total = labels.reduce((sum, box, i) => sum + badness(i, box, labels), 0);
    if (total < least) [best, least] = [labels, total];
  }
  return best;
}

/** From the dot to the nearest point of the box. */
function distance({ x, y }: Labelled, box: Box): number {
  return Math.hypot(Math.max(box.x0 - x, 0, x - box.x1), Math.max(box.y0 - y, 0, y - box.y1));
}

function around(x: number, y: number, reach: number): Box {
  return { x0: x - reach, y0: y - reach, x1: x + reach, y1: y + reach };
}

function candidates({ x, y }: Labelled, width: number, within: Box): Box[] {
  const boxes: Box[] = [];
  for (const dy of [0, -8, 8, -15, 15, -18, 18, -26, 26, -36, 36]) {
    for (const dx of Math.abs(dy) < 16 ? [width / 2 + 8, -width / 2 - 8] : [0, width / 2, -width / 2]) {
      const box = { x0: x + dx - width / 2, y0: y + dy - 7, x1: x + dx + width / 2, y1: y + dy + 7 };
      const inside = box.x0 >= within.x0 && box.x1 <= within.x1 && box.y0 >= within.y0 && box.y1 <= within.y1;
      if (inside) boxes.push(box);
    }
  }
  return boxes.length > 0 ? boxes : [{ x0: x, y0: y - 20, x1: x + width, y1: y - 6 }];
}

function overlap(box: Box, others: readonly Box[]): number {
  let area = 0;
  for (const o of others) {
    const width = Math.min(box.x1, o.x1) - Math.max(box.x0, o.x0);
    const height = Math.min(box.y1, o.y1) - Math.max(box.y0, o.y0);
    if (width > 0 && height > 0) area += width * height;
  }
  return area;
}
