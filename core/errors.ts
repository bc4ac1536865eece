/** The person's input is wrong: the command ends with exit code 2 and writes nothing. */
export class InputError extends Error {
  override readonly name = 'InputError';
}

/** Something outside (a server, a disk) failed: the command ends with exit code 1. */
export class WorldError extends Error {
  override readonly name = 'WorldError';
}

/** What an unknown thing that was thrown says. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
