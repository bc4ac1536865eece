import fc from 'fast-check';

/*
 * Set up by both vitest configurations where CI is set: properties are tried on the same values in every run there, so that a rare
 * counterexample stops nobody whose change has nothing to do with it. Everywhere else the seed is a new one each time, and a failure
 * prints it.
 */
fc.configureGlobal({ seed: 20_260_101 });
