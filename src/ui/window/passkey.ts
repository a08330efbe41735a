// A passkey as a way into the lock (WebAuthn Level 3 §10.1.4, the PRF extension): an authenticator that says 32 bytes of a
// salt, the same each time, once its owner has been verified. Nothing is proven to a server; what the bytes open is not known
// here.

export interface NewPasskey {
  readonly credentialId: Uint8Array
  readonly salt: Uint8Array
  /** 32 bytes. */
  readonly output: Uint8Array
}

export const arePasskeysPossible = (): boolean => 'PublicKeyCredential' in window

const SALT_LENGTH = 32
const random = (length: number): Uint8Array<ArrayBuffer> => crypto.getRandomValues(new Uint8Array(length))

const outputOf = (credential: Credential | null): Uint8Array | undefined => {
  if (!(credential instanceof PublicKeyCredential)) return undefined
  const first = credential.getClientExtensionResults().prf?.results?.first
  if (first === undefined) return undefined
  return first instanceof ArrayBuffer ? new Uint8Array(first) : new Uint8Array(first.buffer, first.byteOffset, first.byteLength)
}

/** @returns undefined where the person said no, or the authenticator cannot do it */
export const createPasskey = async (name: string): Promise<NewPasskey | undefined> => {
  const salt = random(SALT_LENGTH)
  try {
    const created = await navigator.credentials.create({
      publicKey: {
        rp: { name },
        user: { id: random(16), name, displayName: name },
        challenge: random(32),
        // Ed25519, ES256, RS256: what it signs is not looked at.
        pubKeyCredParams: [-8, -7, -257].map((alg) => ({ type: 'public-key', alg })),
        authenticatorSelection: { userVerification: 'required', residentKey: 'discouraged' },
        extensions: { prf: { eval: { first: salt } } },
      },
    })
    if (!(created instanceof PublicKeyCredential)) return undefined
    const credentialId = new Uint8Array(created.rawId)
    // Many say it only when they are asked.
    const output = outputOf(created) ?? (await askPasskey(credentialId, salt))
    return output && { credentialId, salt, output }
  } catch {
    return undefined
  }
}

/** @returns 32 bytes, or undefined where the person said no or it is another authenticator */
export const askPasskey = async (credentialId: Uint8Array, salt: Uint8Array): Promise<Uint8Array | undefined> => {
  try {
    const answered = await navigator.credentials.get({
      publicKey: {
        challenge: random(32),
        allowCredentials: [{ type: 'public-key', id: new Uint8Array(credentialId) }],
        userVerification: 'required',
        extensions: { prf: { eval: { first: new Uint8Array(salt) } } },
      },
    })
    return outputOf(answered)
  } catch {
    return undefined
  }
}
