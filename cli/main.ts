#!/usr/bin/env node
import { execute } from './execute.ts';
import { endQuietlyOnClosedPipe, writeNotes } from './terminal/output.ts';

const END_MS = 500;

/** As Node ends by itself, but for what an error's message would do to a terminal. */
function endOnBug(error: unknown): void {
  writeNotes(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exit(1);
}

endQuietlyOnClosedPipe();
process.on('uncaughtException', endOnBug);
const code = await execute(process.argv);
if (code !== undefined) {
  process.exitCode = code;
  // Whatever a failed command has open (a role's connections) keeps it alive no longer than what it said takes to be read.
  setTimeout(() => process.exit(), END_MS).unref();
}
