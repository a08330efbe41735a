import { describe, expect, it } from 'vitest'
import { readTabFrame, TABS_VERSION, type TabFrame, writeTabFrame } from './tab-frames.ts'

const from = '0a'.repeat(16)
const to = '1b'.repeat(16)
const commandId = '2c'.repeat(16)
const window = { visible: true, openConversation: undefined }

const frames: readonly TabFrame[] = [
  { type: 'join', from, window },
  { type: 'join', from, window: { visible: false, openConversation: 'a'.repeat(64) } },
  { type: 'ping', from },
  { type: 'window', from, to, window },
  { type: 'report', from, to, report: { type: 'window-woke' } },
  { type: 'command', from, to, commandId, command: { type: 'send-message', contactId: 'a'.repeat(64), text: 'hello' } },
  { type: 'owner', from },
  { type: 'pong', from, to },
  { type: 'event', from, to: undefined, event: { type: 'unconfirmed-changed', unconfirmed: 1 } },
  { type: 'event', from, to, event: { type: 'wiped' } },
  { type: 'done', from, to, commandId },
  { type: 'active', from },
  { type: 'command', from, to, commandId, command: { type: 'lock-now' } },
]

const posted = (frame: TabFrame): Record<string, unknown> => ({ ...(structuredClone(writeTabFrame(frame)) as Record<string, unknown>) })

describe('what tabs say to each other', () => {
  it.each(frames)('is read as it was written: $type', (frame) => {
    expect(readTabFrame(posted(frame))).toEqual({ ok: true, frame: { version: TABS_VERSION, ...frame } })
  })

  it.each(frames)('of another version is not taken: $type', (frame) => {
    expect(readTabFrame({ ...posted(frame), version: TABS_VERSION + 1 })).toEqual({ ok: false, reason: 'newer' })
    expect(readTabFrame({ ...posted(frame), version: TABS_VERSION - 1 })).toEqual({ ok: false, reason: 'older' })
    expect(readTabFrame({ ...posted(frame), version: '1' })).toEqual({ ok: false, reason: 'malformed' })
  })

  it.each(frames)('is refused where anything of it is missing or of another kind: $type', (frame) => {
    const whole = posted(frame)
    for (const field of Object.keys(whole)) {
      if (field === 'to' && frame.type === 'event') continue
      const { [field]: _left, ...rest } = whole
      for (const wrong of [
        rest,
        { ...whole, [field]: 7 },
        { ...whole, [field]: 'constructor' },
        { ...whole, [field]: { type: 'toString' } },
      ]) {
        if (field === 'version' && wrong[field] === 7) continue
        expect(readTabFrame(wrong)).toEqual({ ok: false, reason: 'malformed' })
      }
    }
  })

  it.each([undefined, null, 1, 'ping', [], { type: 'ping', from }])('refuses what is no frame at all: %j', (message) => {
    expect(readTabFrame(message)).toEqual({ ok: false, reason: 'malformed' })
  })

  it('refuses ids that no tab makes up', () => {
    for (const id of [from.toUpperCase(), from.slice(1), `${from}0`, '']) {
      expect(readTabFrame({ ...posted({ type: 'ping', from }), from: id }).ok).toBe(false)
      expect(readTabFrame({ ...posted({ type: 'pong', from, to }), to: id }).ok).toBe(false)
    }
  })
})
