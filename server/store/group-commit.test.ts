import { DatabaseSync } from '@photostructure/sqlite'
import { describe, expect, it } from 'vitest'
import { createGroupCommit, type Remembered, type Transactional } from './group-commit.ts'

type Outcome = number | 'in-doubt'

/** A table of numbers, their sum remembered beside it, and a disk that can be told to fail. */
const create = () => {
  const database = new DatabaseSync(':memory:')
  database.exec('CREATE TABLE number (n BLOB); CREATE TABLE sum (s)')
  const executed: string[] = []
  let failing: string | undefined
  const transactional: Transactional = {
    exec: (sql) => {
      executed.push(sql)
      if (sql === failing) throw Object.assign(new Error('disk I/O error'), { errcode: 10 })
      database.exec(sql)
    },
    get isTransaction() {
      return database.isTransaction
    },
  }
  let sum = 0
  const remembered: Remembered = {
    mark: () => {
      const now = sum
      return () => {
        sum = now
      }
    },
    save: () => database.prepare('INSERT INTO sum VALUES (?)').run(sum),
  }
  const troubles: unknown[] = []
  const commit = createGroupCommit(transactional, remembered, (error) => troubles.push(error))
  const put = (n: number): number => {
    sum += n
    database.prepare('INSERT INTO number VALUES (?)').run(n)
    return n
  }
  return {
    database,
    commit,
    troubles,
    add: (n: number) => commit.run<Outcome>(() => put(n), 'in-doubt'),
    addAndThrow: (n: number, error: Error) =>
      commit.run<Outcome>(() => {
        put(n)
        throw error
      }, 'in-doubt'),
    addBytes: (length: number) =>
      commit.run<Outcome>(() => {
        sum += 1
        database.prepare('INSERT INTO number VALUES (zeroblob(?))').run(length)
        return length
      }, 'in-doubt'),
    fail: (sql: string | undefined) => {
      failing = sql
    },
    transactions: () => executed.filter((sql) => sql === 'COMMIT').length,
    numbers: () =>
      database
        .prepare('SELECT n FROM number')
        .all()
        .map(({ n }) => n),
    sum: () => sum,
  }
}

describe('a round', () => {
  it('is one transaction, and nothing resolves before it', async () => {
    const { add, transactions, numbers } = create()
    const seen: number[] = []
    const added = [1, 2, 3].map((n) => add(n).then(() => seen.push(transactions())))
    expect(numbers()).toEqual([])
    await Promise.all(added)
    expect(numbers()).toEqual([1, 2, 3])
    expect(seen).toEqual([1, 1, 1])
    await add(4)
    expect(transactions()).toBe(2)
  })

  it('that is long is cut, so that the event loop gets its turns', async () => {
    const { add, transactions, numbers } = create()
    const all = Array.from({ length: 2_000 }, (_, n) => n)
    await Promise.all(all.map(add))
    expect(transactions()).toBe(4)
    expect(numbers()).toEqual(all)
  })

  it('loses only the operation that throws, which hears its own error', async () => {
    const { add, addAndThrow, numbers, sum, troubles, commit } = create()
    const bug = new Error('a bug')
    const outcomes = await Promise.allSettled([add(1), addAndThrow(2, bug), add(4)])
    expect(outcomes).toEqual([
      { status: 'fulfilled', value: 1 },
      { status: 'rejected', reason: bug },
      { status: 'fulfilled', value: 4 },
    ])
    expect([numbers(), sum(), troubles, commit.isSound()]).toEqual([[1, 4], 5, [], true])
  })
})

describe('a round in which an operation throws', () => {
  it('is done again without it: what the others are told is what is kept', async () => {
    const { commit, add, addAndThrow, numbers, sum, transactions } = create()
    const before = add(1)
    const sumThen = commit.run<Outcome>(sum, 'in-doubt')
    const thrown = addAndThrow(2, new Error('a bug'))
    const sumLast = commit.run<Outcome>(sum, 'in-doubt')
    await expect(thrown).rejects.toThrow('a bug')
    expect(await Promise.all([before, sumThen, sumLast])).toEqual([1, 1, 1])
    expect([numbers(), sum(), transactions()]).toEqual([[1], 1, 1])
  })

  it('tells nothing of the first time where the disk fails the second time', async () => {
    const { commit, addAndThrow, numbers, sum } = create()
    let times = 0
    const once = commit.run<Outcome>(() => {
      times += 1
      if (times === 2) throw Object.assign(new Error('disk I/O error'), { errcode: 10 })
      return times
    }, 'in-doubt')
    await expect(addAndThrow(2, new Error('a bug'))).rejects.toThrow('a bug')
    expect(await once).toBe('in-doubt')
    expect([times, numbers(), sum(), commit.isSound()]).toEqual([2, [], 0, false])
  })
})

describe('a disk that fails', () => {
  it('at COMMIT: all of the round is in doubt, nothing is remembered, and the next round goes well', async () => {
    const { add, fail, numbers, sum, troubles, commit, database } = create()
    await add(1)
    fail('COMMIT')
    expect(await Promise.all([add(2), add(4)])).toEqual(['in-doubt', 'in-doubt'])
    expect([numbers(), sum(), troubles.length, commit.isSound(), database.isTransaction]).toEqual([[1], 1, 1, false, false])
    fail(undefined)
    expect(await add(8)).toBe(8)
    expect([numbers(), sum(), commit.isSound()]).toEqual([[1, 8], 9, true])
  })

  it.each(['BEGIN IMMEDIATE', 'SAVEPOINT operation', 'RELEASE operation'])('at %s: the same', async (sql) => {
    const { add, addAndThrow, fail, numbers, sum, commit } = create()
    fail(sql)
    expect(await Promise.all([add(2), addAndThrow(4, new Error('a bug'))])).toEqual(['in-doubt', 'in-doubt'])
    expect([numbers(), sum(), commit.isSound()]).toEqual([[], 0, false])
    fail(undefined)
    expect(await Promise.all([add(8), add(16)])).toEqual([8, 16])
    expect([numbers(), sum(), commit.isSound()]).toEqual([[8, 16], 24, true])
  })

  it('is told once, until it has been well in between', async () => {
    const { add, fail, troubles } = create()
    fail('COMMIT')
    for (let round = 0; round < 3; round += 1) await add(1)
    expect(troubles).toHaveLength(1)
    fail(undefined)
    await add(1)
    fail('COMMIT')
    await add(1)
    expect(troubles).toHaveLength(2)
  })

  it('while an operation that threw is undone: none of its round is kept', async () => {
    const { add, addAndThrow, fail, numbers, sum } = create()
    fail('ROLLBACK TO operation')
    expect(await Promise.all([add(1), addAndThrow(2, new Error('a bug'))])).toEqual(['in-doubt', 'in-doubt'])
    expect([numbers(), sum()]).toEqual([[], 0])
  })

  it('is full: what does not fit is in doubt and leaves nothing; what fits, and what comes later, is kept', async () => {
    const { add, addBytes, database, numbers, sum, troubles, commit } = create()
    await add(1)
    database.exec('PRAGMA max_page_count = 10')
    expect(await Promise.all([add(2), addBytes(100_000), add(4)])).toContain('in-doubt')
    expect(commit.isSound()).toBe(false)
    expect(troubles.length).toBeGreaterThan(0)
    expect(sum()).toBe(numbers().reduce((total, n) => total + n, 0))
    database.exec('PRAGMA max_page_count = 1000')
    expect(await Promise.all([add(8), addBytes(100_000)])).toEqual([8, 100_000])
    expect(commit.isSound()).toBe(true)
  })
})

describe('closing', () => {
  it('does what is waiting at once, and nothing after', async () => {
    const { add, commit, numbers } = create()
    const added = Array.from({ length: 1_000 }, (_, n) => add(n))
    commit.close()
    expect(numbers()).toHaveLength(1_000)
    expect(await Promise.all(added)).toHaveLength(1_000)
    expect(await add(1)).toBe('in-doubt')
    commit.close()
    expect(numbers()).toHaveLength(1_000)
  })
})
