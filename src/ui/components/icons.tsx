// The few drawings of the screens. All are decoration: what they mean stands beside them in words.

import type { ReactNode } from 'react'
import type { MessageState } from '../../messenger/api.ts'

const Icon = ({ children }: { readonly children: ReactNode }) => (
  <svg
    aria-hidden="true"
    width="1.25em"
    height="1.25em"
    viewBox="0 0 24 24"
    fill="none"
    stroke="currentColor"
    strokeWidth="1.8"
    strokeLinecap="round"
    strokeLinejoin="round"
  >
    {children}
  </svg>
)

/** Points back along the line of writing. */
export const BackIcon = () => (
  <Icon>
    <path d="M15 5l-7 7 7 7" />
  </Icon>
)

export const LockIcon = () => (
  <Icon>
    <rect x="5" y="11" width="14" height="9" rx="2" />
    <path d="M8 11V8a4 4 0 0 1 8 0v3" />
  </Icon>
)

export const SettingsIcon = () => (
  <Icon>
    <path d="M4 7h9M19 7h1M4 17h1M11 17h9" />
    <circle cx="16" cy="7" r="2.5" />
    <circle cx="8" cy="17" r="2.5" />
  </Icon>
)

export const SearchIcon = () => (
  <Icon>
    <circle cx="11" cy="11" r="6.5" />
    <path d="M16 16l4.5 4.5" />
  </Icon>
)

export const CodeIcon = () => (
  <Icon>
    <path d="M5 9h14M5 15h14M10 4L8 20M16 4l-2 16" />
  </Icon>
)

export const KeypadIcon = () => (
  <Icon>
    <path d="M6 6h.01M12 6h.01M18 6h.01M6 12h.01M12 12h.01M18 12h.01M6 18h.01M12 18h.01M18 18h.01" strokeWidth="3" />
  </Icon>
)

export const LinkIcon = () => (
  <Icon>
    <path d="M10 14a4 4 0 0 0 6 .4l3-3a4 4 0 0 0-5.7-5.7L12 7" />
    <path d="M14 10a4 4 0 0 0-6-.4l-3 3a4 4 0 0 0 5.7 5.7L12 17" />
  </Icon>
)

export const CameraIcon = () => (
  <Icon>
    <path d="M4 8V5a1 1 0 0 1 1-1h3M16 4h3a1 1 0 0 1 1 1v3M20 16v3a1 1 0 0 1-1 1h-3M8 20H5a1 1 0 0 1-1-1v-3" />
    <path d="M8 8h3v3H8zM13 13h3v3h-3zM14 8h2v2M8 14v2h2" />
  </Icon>
)

export const SendIcon = () => (
  <Icon>
    <path d="M5 12h13M12 5l7 7-7 7" />
  </Icon>
)

export const DownIcon = () => (
  <Icon>
    <path d="M12 5v14M6 13l6 6 6-6" />
  </Icon>
)

export const CloseIcon = () => (
  <Icon>
    <path d="M6 6l12 12M18 6L6 18" />
  </Icon>
)

export const CardIcon = () => (
  <Icon>
    <circle cx="12" cy="8.5" r="3.5" />
    <path d="M5 20c.6-4 3.3-6 7-6s6.4 2 7 6" />
  </Icon>
)

export const PeopleIcon = () => (
  <Icon>
    <circle cx="8.5" cy="9" r="3" />
    <circle cx="16.5" cy="10" r="2.4" />
    <path d="M3 19c.5-3.2 2.5-4.8 5.5-4.8s5 1.6 5.5 4.8M16 15c2.6 0 4.3 1.3 4.8 4" />
  </Icon>
)

export const WarningIcon = () => (
  <Icon>
    <path d="M12 4l9 16H3zM12 10v4M12 17h.01" />
  </Icon>
)

export const TrashIcon = () => (
  <Icon>
    <path d="M5 7h14M10 7V4h4v3M7 7l1 13h8l1-13" />
  </Icon>
)

/** What became of a message: a broken ring (only here), half a disc (on the relay), a tick (there), an exclamation mark (failed). */
export const StateIcon = ({ state }: { readonly state: Exclude<MessageState, 'received'> }) => (
  <svg
    aria-hidden="true"
    width="1em"
    height="1em"
    viewBox="0 0 16 16"
    fill="none"
    stroke="currentColor"
    strokeWidth="1.6"
    strokeLinecap="round"
  >
    {state === 'waiting' && <circle cx="8" cy="8" r="5" strokeDasharray="2.6 2.6" />}
    {state === 'on-relay' && (
      <>
        <circle cx="8" cy="8" r="5" />
        <path d="M8 3a5 5 0 0 0 0 10z" fill="currentColor" stroke="none" />
      </>
    )}
    {state === 'delivered' && <path d="M3.5 8.5l3 3 6-7" strokeLinejoin="round" />}
    {state === 'failed' && <path d="M8 2.5v7M8 13.2v.01" strokeWidth="2" />}
  </svg>
)
