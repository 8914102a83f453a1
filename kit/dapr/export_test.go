package dapr

// Refusals is how many refused probes end a HandOver.
const Refusals = refusals
