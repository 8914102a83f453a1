package ports_test

import (
	"net"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ticketx/dev/ports"
)

func env(vars map[string]string) func(string) string {
	return func(name string) string { return vars[name] }
}

func TestDefaults(t *testing.T) {
	list, err := ports.Load(env(nil), 1)
	require.NoError(t, err)

	assert.False(t, list.Moved())
	assert.Equal(t, 8080, list.Number(ports.Ingress))
	assert.Equal(t, 3003, list.Number("orders"+ports.API))
	assert.Equal(t, 3705, list.Number("expiration"+ports.Metrics))
	assert.Contains(t, list.Env(), "PAYMENTS_DAPR_GRPC_PORT=3604")
	assert.Panics(t, func() { list.Number("nobody") })
}

func TestLoadMovesOnePort(t *testing.T) {
	list, err := ports.Load(env(map[string]string{"ORDERS_API_PORT": "4003"}), 1)
	require.NoError(t, err)

	assert.True(t, list.Moved())
	assert.Equal(t, 4003, list.Numbers()["orders-api"])
	assert.Equal(t, 3103, list.Numbers()["orders-app"])
}

func TestTheFirstReplicasStayWhereTheyAre(t *testing.T) {
	list, err := ports.Load(env(map[string]string{"ORDERS_2_API_PORT": "4013"}), ports.MaxReplicas)
	require.NoError(t, err, "no two are the same")

	assert.Subset(t, list, ports.Defaults())
	assert.Equal(t, 4013, list.Number("orders-2"+ports.API))
	assert.Equal(t, 3113, list.Number("orders-2"+ports.App))
	assert.Equal(t, 3825, list.Number("expiration-3"+ports.Internal))
}

func TestLoadReportsEveryProblem(t *testing.T) {
	_, err := ports.Load(env(map[string]string{
		"NATS_PORT":     "many",
		"INGRESS_PORT":  "70000",
		"AUTH_API_PORT": "3002",
		"PORTS":         "any",
	}), 1)
	assert.EqualError(t, err, `INGRESS_PORT is "70000": it must be a port, from 1 to 65535
NATS_PORT is "many": it must be a port, from 1 to 65535
PORTS is "any": it can only be free, or absent
AUTH_API_PORT and TICKETS_API_PORT are both 3002: give one of them another port`)
}

func TestFreePortsLeaveWhatIsSet(t *testing.T) {
	list, err := ports.Load(env(map[string]string{"PORTS": "free", "INGRESS_PORT": "9999"}), 1)
	require.NoError(t, err)

	assert.Equal(t, 9999, list.Number(ports.Ingress))
	assert.NotEqual(t, 4222, list.Number(ports.NATS))
}

func TestCheckNamesPortVariableAndHolder(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { _ = ln.Close() }()
	taken := ln.Addr().(*net.TCPAddr).Port
	list := ports.List{{Name: ports.StandIn, Env: "STANDIN_PORT", Number: taken}}

	err = list.Check()

	require.Error(t, err)
	assert.Contains(t, err.Error(), "port "+strconv.Itoa(taken)+" is taken by ")
	assert.Contains(t, err.Error(), "(process "+strconv.Itoa(os.Getpid())+")")
	assert.Contains(t, err.Error(), "set STANDIN_PORT to another port")

	require.NoError(t, ln.Close())
	assert.NoError(t, list.Check())
}

func TestCheckDoesNotListEverythingThatAnotherSystemHolds(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { _ = ln.Close() }()
	list := ports.Defaults()
	for i := range list {
		list[i].Number = ln.Addr().(*net.TCPAddr).Port
	}

	err = list.Check()

	require.Error(t, err)
	assert.Len(t, strings.Split(err.Error(), "\n"), 7)
	assert.ErrorContains(t, err, "and 37 more: with PORTS=free and a TICKETX_DIR of its own")
}
