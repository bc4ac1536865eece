const WIDTH = 24;
const LEAST_MS_BETWEEN = 80;

/** Shows how far a long piece of work is; `done` removes the line. */
export interface Progress {
  /** @param fraction 0…1 */
  update(fraction: number): void;
  done(): void;
}

/** A bar on a terminal's last line; silent where nobody looks (pipes, CI). @param label may change, but not become shorter */
export function progressBar(label: string | (() => string), stream: NodeJS.WriteStream = process.stderr): Progress {
  if (!stream.isTTY) return { update: () => {}, done: () => {} };
  let last = Number.NEGATIVE_INFINITY;
  return {
    update(fraction) {
      const now = performance.now();
      if (now - last < LEAST_MS_BETWEEN && fraction < 1) return;
      last = now;
      const full = Math.round(Math.min(Math.max(fraction, 0), 1) * WIDTH);
      stream.write(
        `\r${typeof label === 'string' ? label : label()} ${'█'.repeat(full)}${'░'.repeat(WIDTH - full)} ${String(Math.floor(fraction * 100)).padStart(3)} %`,
      );
    },
    done: () => stream.write('\r\u001b[K'),
  };
}
