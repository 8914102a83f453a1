package main

import (
	"github.com/dapr/components-contrib/nameresolution/mdns"
	nrsqlite "github.com/dapr/components-contrib/nameresolution/sqlite"
	pubsubmemory "github.com/dapr/components-contrib/pubsub/in-memory"
	"github.com/dapr/components-contrib/pubsub/rabbitmq"
	pubsubredis "github.com/dapr/components-contrib/pubsub/redis"
	secretenv "github.com/dapr/components-contrib/secretstores/local/env"
	secretfile "github.com/dapr/components-contrib/secretstores/local/file"
	statememory "github.com/dapr/components-contrib/state/in-memory"
	"github.com/dapr/components-contrib/state/mongodb"
	pgv1 "github.com/dapr/components-contrib/state/postgresql/v1"
	pgv2 "github.com/dapr/components-contrib/state/postgresql/v2"
	stateredis "github.com/dapr/components-contrib/state/redis"
	statesqlite "github.com/dapr/components-contrib/state/sqlite"
	registered "github.com/dapr/dapr/pkg/components"
	"github.com/dapr/dapr/pkg/components/bindings"
	"github.com/dapr/dapr/pkg/components/configuration"
	"github.com/dapr/dapr/pkg/components/conversation"
	"github.com/dapr/dapr/pkg/components/crypto"
	"github.com/dapr/dapr/pkg/components/lock"
	middleware "github.com/dapr/dapr/pkg/components/middleware/http"
	"github.com/dapr/dapr/pkg/components/nameresolution"
	"github.com/dapr/dapr/pkg/components/pubsub"
	"github.com/dapr/dapr/pkg/components/secretstores"
	"github.com/dapr/dapr/pkg/components/state"
	"github.com/dapr/dapr/pkg/runtime/registry"
)

// components is what this runtime knows. A profile that wants another one
// needs a line here; the runtime then says "couldn't find … type.name/v1" at
// start when it is missing.
//
// The registries must be the packages' default ones, not new ones: pluggable
// components register themselves there.
func components() *registry.Options {
	states := state.DefaultRegistry
	states.RegisterComponent(statememory.NewInMemoryStateStore, "in-memory")
	states.RegisterComponent(statesqlite.NewSQLiteStateStore, "sqlite", "sqlite3")
	states.RegisterComponent(stateredis.NewRedisStateStore, "redis")
	states.RegisterComponent(mongodb.NewMongoDB, "mongodb")
	// As in the original runtime, a file that says state.postgresql/v1 gets
	// the old table layout, and one that says /v2 the current one.
	states.RegisterComponentWithVersions("postgresql", registered.Versioning{
		Preferred: registered.VersionConstructor{Version: "v2", Constructor: pgv2.NewPostgreSQLStateStore},
		Others:    []registered.VersionConstructor{{Version: "v1", Constructor: pgv1.NewPostgreSQLStateStore}},
		Default:   "v1",
	})

	topics := pubsub.DefaultRegistry
	topics.RegisterComponent(pubsubmemory.New, "in-memory")
	topics.RegisterComponent(newJetStream, "jetstream")
	topics.RegisterComponent(pubsubredis.NewRedisStreams, "redis")
	topics.RegisterComponent(rabbitmq.NewRabbitMQ, "rabbitmq")

	secrets := secretstores.DefaultRegistry
	secrets.RegisterComponent(secretfile.NewLocalSecretStore, "local.file")
	secrets.RegisterComponent(secretenv.NewEnvSecretStore, "local.env")

	names := nameresolution.DefaultRegistry
	names.RegisterComponent(nrsqlite.NewResolver, "sqlite")
	names.RegisterComponent(mdns.NewResolver, "mdns")

	states.Logger = logContrib
	topics.Logger = logContrib
	secrets.Logger = logContrib
	names.Logger = logContrib
	bindings.DefaultRegistry.Logger = logContrib
	configuration.DefaultRegistry.Logger = logContrib
	conversation.DefaultRegistry.Logger = logContrib
	crypto.DefaultRegistry.Logger = logContrib
	lock.DefaultRegistry.Logger = logContrib
	middleware.DefaultRegistry.Logger = log

	return registry.NewOptions().
		WithStateStores(states).
		WithPubSubs(topics).
		WithSecretStores(secrets).
		WithNameResolutions(names).
		WithBindings(bindings.DefaultRegistry).
		WithConfigurations(configuration.DefaultRegistry).
		WithConversations(conversation.DefaultRegistry).
		WithCryptoProviders(crypto.DefaultRegistry).
		WithLocks(lock.DefaultRegistry).
		WithHTTPMiddlewares(middleware.DefaultRegistry)
}
