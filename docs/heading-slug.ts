/** The anchor that GitHub gives a heading: lower case, spaces as hyphens, nothing but letters, digits, `_` and `-`. */
export function headingSlug(heading: string): string {
  return heading
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{M}\p{N}\p{Pc}\- ]/gu, '')
    .replaceAll(' ', '-');
}
