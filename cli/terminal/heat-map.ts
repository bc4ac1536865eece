const SHADES = [' ', '░', '▒', '▓', '█'];
const DAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];

/**
 * An hour-of-week heat map: shades from the least to the largest value, `··` where there is none.
 * @param hourOfWeek 168 values, Monday 00:00 first; NaN is no data @param characters an hour
 */
export function heatMap(hourOfWeek: Float64Array, characters: 1 | 2 = 2): string[] {
  const known = hourOfWeek.filter((value) => !Number.isNaN(value));
  const least = Math.min(...known);
  const most = Math.max(...known);
  const cell = (value: number): string => {
    if (Number.isNaN(value)) return '·'.repeat(characters);
    const shade = most > least ? Math.min(4, Math.floor(((value - least) / (most - least)) * 5)) : 0;
    return SHADES[shade]!.repeat(characters);
  };
  const hours =
    `    ${[0, 3, 6, 9, 12, 15, 18, 21].map((hour) => String(hour).padEnd(3 * characters)).join('')}`.trimEnd();
  const rows = DAYS.map((name, day) => `${name} ${[...hourOfWeek.slice(day * 24, day * 24 + 24)].map(cell).join('')}`);
  return [hours, ...rows];
}
