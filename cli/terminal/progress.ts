const WIDTH = 24;
/** ` 100 %` and the space before the bar. */
const FIGURES_WIDTH = 8;
const LEAST_MS_BETWEEN = 80;

/** Shows how far a long piece of work is; `done` removes the line. */
export interface Progress {
  /** @param fraction 0…1 */
  update(fraction: number): void;
  done(): void;
}

/** A bar on a terminal's last line; silent where nobody looks (pipes, CI). @param label may change, but not become shorter */
export function progressBar(label: string | (() => string), stream: NodeJS.WriteStream = process.stderr): Progress {
  // A dumb terminal can't go back to the beginning of the line.
  if (!stream.isTTY || process.env.TERM === 'dumb') return { update: () => {}, done: () => {} };
  let last = Number.NEGATIVE_INFINITY;
  return {
    update(fraction) {
      const now = performance.now();
      if (now - last < LEAST_MS_BETWEEN && fraction < 1) return;
      last = now;
      const words = typeof label === 'string' ? label : label();
      // A line that the terminal breaks can't be written over.
      const width = Math.max(0, Math.min(WIDTH, stream.columns - words.length - FIGURES_WIDTH));
      const full = Math.round(Math.min(Math.max(fraction, 0), 1) * width);
      stream.write(
        `\r${words} ${'█'.repeat(full)}${'░'.repeat(width - full)} ${String(Math.floor(fraction * 100)).padStart(3)} %`,
      );
    },
    done: () => stream.write('\r\u001b[K'),
  };
}
