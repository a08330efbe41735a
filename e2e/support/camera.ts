// What a fake camera shows: a QR code as an uncompressed film (YUV4MPEG2), which Chromium plays in place of a camera.

import { writeFile } from 'node:fs/promises'
import { encodeQR } from 'qr'

const [WIDTH, HEIGHT, MODULE] = [640, 480, 8]

/** Writes the film and says which flags make a browser see it. */
export const filmQrCode = async (path: string, text: string): Promise<readonly string[]> => {
  const rows = encodeQR(text, 'raw', { border: 4 })
  const [left, top] = [WIDTH - rows.length * MODULE, HEIGHT - rows.length * MODULE].map((free) => Math.floor(free / 2)) as [number, number]
  const luma = Buffer.alloc(WIDTH * HEIGHT, 0xeb)
  for (const [y, row] of rows.entries()) {
    for (const [x, isDark] of row.entries()) {
      if (!isDark) continue
      for (let line = 0; line < MODULE; line += 1) {
        const start = (top + y * MODULE + line) * WIDTH + left + x * MODULE
        luma.fill(0x10, start, start + MODULE)
      }
    }
  }
  const frame = Buffer.concat([Buffer.from('FRAME\n'), luma, Buffer.alloc((WIDTH * HEIGHT) / 2, 0x80)])
  await writeFile(path, Buffer.concat([Buffer.from(`YUV4MPEG2 W${WIDTH} H${HEIGHT} F10:1 Ip A1:1 C420jpeg\n`), frame, frame, frame]))
  return ['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream', `--use-file-for-fake-video-capture=${path}`]
}
