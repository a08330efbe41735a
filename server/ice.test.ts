import { expect, test } from 'vitest'
import { timeLimited } from './ice.ts'

test('known bytes: the name is the end of its life, the password its HMAC-SHA-1 in base64', () => {
  const turn = { urls: ['turn:turn.example'], secret: 'a secret of the operator', credentialLifeSeconds: 3_600 }
  expect(timeLimited(turn, 1_700_000_000_999)).toEqual({
    urls: ['turn:turn.example'],
    username: '1700003600',
    credential: 'M1gbisATC6xOoxP7jzkPfN/6J5E=',
  })
})
