import { describe } from 'vitest'
import { ownershipContract } from '../../test/support/ownership-contract.ts'

describe('ownership on Web Locks', () => ownershipContract(() => navigator.locks))
