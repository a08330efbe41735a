import fc from 'fast-check'

// Every property takes its number of runs and its seed from the command that started it.
fc.configureGlobal({
  numRuns: Number(process.env['PARLEY_RUNS'] ?? 100),
  seed: Number(process.env['PARLEY_SEED'] ?? Date.now() % 2 ** 31),
})
