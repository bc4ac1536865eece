/** One line that says what a fault did. */
export function print(fault: string, figures: Readonly<Record<string, string | number>>): void {
  const words = Object.entries(figures).map(
    ([name, value]) => `${name} ${typeof value === 'number' && !Number.isInteger(value) ? value.toFixed(1) : value}`,
  );
  console.log(`${fault}: ${words.join(', ')}`);
}
