/** Chinese with Latin words and figures in it: a space between the two scripts, none beside punctuation. */
export function spaced(text: string): string {
  return text
    .replace(/(\p{Script=Han})(?=[A-Za-z0-9−+])/gu, '$1 ')
    .replace(/([A-Za-z0-9%])(?=\p{Script=Han})/gu, '$1 ');
}
