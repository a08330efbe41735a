// What two people have said to each other so far, as it has to stand on both screens in the end: every message once, and each
// one's messages in the order in which they were said.

import { expect } from '@playwright/test'
import type { Person } from './person.ts'

/** Long enough for hundreds of messages on a busy machine, and for what was unanswered to leave once more. */
const ARRIVAL_MS = 90_000

export class Conversation {
  private readonly said: { readonly alice: string[]; readonly bob: string[] } = { alice: [], bob: [] }
  private alice: Person
  private bob: Person

  constructor(alice: Person, bob: Person) {
    this.alice = alice
    this.bob = bob
  }

  /** Someone goes on in another tab or browser. */
  aliceIsNow(alice: Person): void {
    this.alice = alice
  }

  bobIsNow(bob: Person): void {
    this.bob = bob
  }

  async aliceSays(text: string): Promise<void> {
    this.said.alice.push(text)
    await this.alice.says(text)
  }

  async bobSays(text: string): Promise<void> {
    this.said.bob.push(text)
    await this.bob.says(text)
  }

  /** Both say `count` messages, neither waiting for the other, and both have all of them in the end. */
  async bothSay(count: number, about: string): Promise<void> {
    await this.bothType(count, about)
    await this.isUpToDate()
  }

  /** The same without looking for what becomes of it. */
  async bothType(count: number, about: string): Promise<void> {
    const texts = (name: string) => Array.from({ length: count }, (_, index) => `${name} ${index + 1} ${about}`)
    const [fromAlice, fromBob] = [texts('Alice'), texts('Bob')]
    this.said.alice.push(...fromAlice)
    this.said.bob.push(...fromBob)
    await Promise.all([this.alice.saysAll(fromAlice), this.bob.saysAll(fromBob)])
  }

  /** The newest message of each has arrived at the other. */
  async isUpToDate(): Promise<void> {
    await Promise.all([this.has(this.alice, this.said.bob.at(-1)), this.has(this.bob, this.said.alice.at(-1))])
  }

  /** Somewhere in the conversation: what was said at the same time may have pushed it off the screen. */
  private async has(person: Person, text: string | undefined): Promise<void> {
    if (text === undefined) return
    await expect(async () => {
      if (await person.message(text).isVisible()) return
      expect((await person.readsEverything()).map((read) => read.text)).toContain(text)
    }).toPass({ timeout: ARRIVAL_MS })
  }

  /** Everything stands on both screens: once, in order, and delivered. */
  async isWhole(): Promise<void> {
    await Promise.all([this.hasAll(this.alice, this.said.alice, this.said.bob), this.hasAll(this.bob, this.said.bob, this.said.alice)])
  }

  private async hasAll(person: Person, ours: readonly string[], theirs: readonly string[]): Promise<void> {
    const delivered = ours.map((text) => `${text}: Delivered`)
    // The last receipts may still be on their way.
    await expect(async () => {
      const read = await person.readsEverything()
      expect(read.flatMap(({ direction, text }) => (direction === 'in' ? [text] : []))).toEqual(theirs)
      expect(read.flatMap(({ direction, state, text }) => (direction === 'out' ? [`${text}: ${state}`] : []))).toEqual(delivered)
    }).toPass({ timeout: ARRIVAL_MS })
  }
}
