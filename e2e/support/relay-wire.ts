// What runs between the pages of one browser and the relay, frame by frame: a story can cut it, or let the relay lie. It works
// on WebSockets only, as if a dishonest relay stood at the other end; pages are fetched as ever.

import type { BrowserContext, WebSocketRoute } from '@playwright/test'
import {
  decodeRelayReply,
  decodeRelayRequest,
  encodeRelayReply,
  encodeRelayRequest,
  type RelayReply,
  type RelayRequest,
} from '../../src/wire/relay-frames.ts'

export interface RelayWire {
  /** Connections are lost and no new one comes about. */
  readonly cut: () => void
  readonly heal: () => void
  /** From now on; what it returns passes in place of what came. */
  readonly lies: (lie: Lie) => void
  readonly isHonest: () => void
}

export interface Lie {
  readonly request?: (request: RelayRequest) => RelayRequest
  readonly reply?: (reply: RelayReply) => RelayReply
}

/** Has to be laid before the pages open that it is about: those that are open already are reloaded. */
export const layRelayWire = async (context: BrowserContext): Promise<RelayWire> => {
  const lines = new Set<WebSocketRoute>()
  let isCut = false
  let lie: Lie = {}

  await context.routeWebSocket(/\/relay$/, (near) => {
    if (isCut) {
      void near.close({ code: 1013 })
      return
    }
    const far = near.connectToServer()
    lines.add(near)
    near.onClose((code, reason) => {
      lines.delete(near)
      void far.close({ ...(code !== undefined && { code }), ...(reason !== undefined && { reason }) })
    })
    near.onMessage((frame) => far.send(lie.request ? changed(frame, decodeRelayRequest, encodeRelayRequest, lie.request) : frame))
    far.onMessage((frame) => near.send(lie.reply ? changed(frame, decodeRelayReply, encodeRelayReply, lie.reply) : frame))
  })
  await Promise.all(context.pages().map((page) => page.reload()))
  return {
    cut: () => {
      isCut = true
      for (const line of lines) void line.close({ code: 1013 })
      lines.clear()
    },
    heal: () => {
      isCut = false
    },
    lies: (next) => {
      lie = next
    },
    isHonest: () => {
      lie = {}
    },
  }
}

const changed = <Frame>(
  bytes: string | Buffer,
  decode: (bytes: Uint8Array) => { readonly ok: true; readonly value: Frame } | { readonly ok: false },
  encode: (frame: Frame) => Uint8Array,
  change: (frame: Frame) => Frame,
): string | Buffer => {
  const decoded = typeof bytes === 'string' ? undefined : decode(new Uint8Array(bytes))
  return decoded?.ok ? Buffer.from(encode(change(decoded.value))) : bytes
}
