// Parley's mark, small: two voices and what they share.

export const Mark = () => (
  <svg aria-hidden="true" width="36" height="24" viewBox="0 0 36 24">
    <path d="M12.5 1a11 11 0 0 1 0 22h-9a2 2 0 0 1-2-2v-9a11 11 0 0 1 11-11z" fill="var(--accent)" />
    <path d="M23.5 1a11 11 0 0 0 0 22h9a2 2 0 0 0 2-2v-9a11 11 0 0 0-11-11z" fill="var(--tint-strong)" />
    <path d="M18 2.5a11 11 0 0 1 0 19a11 11 0 0 1 0-19z" fill="var(--amber)" />
  </svg>
)
