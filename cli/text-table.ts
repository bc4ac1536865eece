/** Columns three spaces apart, as kubectl's; the last one is not padded. */
export function textTable(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [i, cell] of row.entries()) widths[i] = Math.max(widths[i] ?? 0, [...cell].length);
  }
  return rows.map((row) =>
    row
      .map((cell, i) => padded(cell, i === row.length - 1 ? 0 : widths[i]!))
      .join('   ')
      .trimEnd(),
  );
}

/** By characters, not UTF-16 units: names are ASCII, but the words around them have arrows. */
function padded(cell: string, width: number): string {
  return cell + ' '.repeat(Math.max(0, width - [...cell].length));
}

/** A stranger's text must not move the cursor or fake a second line. */
export function plainText(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is taken out
  return text.replace(/[\u0000-\u001f\u007f-\u009f]+/g, ' ');
}
