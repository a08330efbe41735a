import { describe } from 'vitest'
import { createFakeLocks } from '../../test/support/fake-locks.ts'
import { ownershipContract } from '../../test/support/ownership-contract.ts'

describe('ownership on fake locks', () => ownershipContract(createFakeLocks))
