// What the relay counts: causes and amounts, never who. Shown at /metrics in Prometheus' text format.

import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client'

export const createMetrics = () => {
  const registry = new Registry()
  const registers = [registry]
  collectDefaultMetrics({ register: registry })
  return {
    registry,
    connections: new Gauge({ name: 'parley_connections', help: 'Open WebSockets', labelNames: ['entrance'], registers }),
    rooms: new Gauge({ name: 'parley_rooms', help: 'Rooms at this time', registers }),
    listened: new Gauge({ name: 'parley_listened_addresses', help: 'Addresses at which somebody listens', registers }),
    requests: new Counter({ name: 'parley_http_requests_total', help: 'HTTP answers by status', labelNames: ['status'], registers }),
    upgradesRefused: new Counter({ name: 'parley_upgrades_refused_total', help: 'WebSockets refused', labelNames: ['status'], registers }),
    frames: new Counter({ name: 'parley_frames_total', help: 'Frames of /relay understood', labelNames: ['type'], registers }),
    refusals: new Counter({ name: 'parley_refusals_total', help: 'Frames of /relay refused', labelNames: ['cause'], registers }),
    forwardedBytes: new Counter({ name: 'parley_forwarded_bytes_total', help: 'Bytes of envelopes passed on', registers }),
    signals: new Counter({
      name: 'parley_signals_total',
      help: 'Signalling messages by what became of them',
      labelNames: ['outcome'],
      registers,
    }),
    errors: new Counter({ name: 'parley_errors_total', help: 'Bugs met and survived', registers }),
  } as const
}

export type Metrics = ReturnType<typeof createMetrics>
