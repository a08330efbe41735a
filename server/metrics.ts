// What the relay counts: causes and amounts, never who. Shown at /metrics in Prometheus' text format.

import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'

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
    deposits: new Counter({ name: 'parley_deposits_total', help: 'Deposits by what became of them', labelNames: ['outcome'], registers }),
    depositedBytes: new Counter({ name: 'parley_deposited_bytes_total', help: 'Bytes of envelopes kept or passed on', registers }),
    mailboxes: new Gauge({ name: 'parley_mailboxes', help: 'Mailboxes in the store', registers }),
    keptEnvelopes: new Gauge({ name: 'parley_kept_envelopes', help: 'Envelopes in the store', registers }),
    keptBytes: new Gauge({ name: 'parley_kept_bytes', help: 'Bytes of the envelopes in the store', registers }),
    publishedDevices: new Gauge({ name: 'parley_published_devices', help: 'Devices with prekeys in the store', registers }),
    pops: new Counter({
      name: 'parley_pops_total',
      help: 'One-time prekeys asked for, by outcome',
      labelNames: ['kind', 'outcome'],
      registers,
    }),
    publications: new Counter({
      name: 'parley_publications_total',
      help: 'Changes of published keys, by outcome',
      labelNames: ['what', 'outcome'],
      registers,
    }),
    sweptRows: new Counter({ name: 'parley_swept_rows_total', help: 'Rows of the store whose time was over', registers }),
    storeHealthy: new Gauge({ name: 'parley_store_healthy', help: '1 where the store answers and can write', registers }),
    storeSeconds: new Histogram({
      name: 'parley_store_seconds',
      help: 'How long the store took, durable writes included',
      labelNames: ['operation'],
      buckets: [0.000_25, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5],
      registers,
    }),
    storeFailures: new Counter({
      name: 'parley_store_failures_total',
      help: 'Operations of the store that failed or are in doubt',
      labelNames: ['operation'],
      registers,
    }),
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
