// Command registry is a real OCI registry on a loopback address, for as long as a test needs one:
// registry ADDRESS DIRECTORY USER PASSWORD
package main

import (
	"context"
	"log"
	"os"
	"path/filepath"

	"github.com/distribution/distribution/v3/configuration"
	"github.com/distribution/distribution/v3/registry"
	_ "github.com/distribution/distribution/v3/registry/auth/htpasswd"
	_ "github.com/distribution/distribution/v3/registry/storage/driver/filesystem"
	"golang.org/x/crypto/bcrypt"
)

func main() {
	config := &configuration.Configuration{
		Storage: configuration.Storage{"filesystem": configuration.Parameters{"rootdirectory": os.Args[2]}},
	}
	config.HTTP.Addr = os.Args[1]
	config.HTTP.Secret = "only of this test"
	config.Log.Level = "error"
	config.Log.AccessLog.Disabled = true
	hash, err := bcrypt.GenerateFromPassword([]byte(os.Args[4]), bcrypt.MinCost)
	if err != nil {
		log.Fatal(err)
	}
	users := filepath.Join(os.Args[2], "users")
	if err := os.WriteFile(users, []byte(os.Args[3]+":"+string(hash)+"\n"), 0o600); err != nil {
		log.Fatal(err)
	}
	config.Auth = configuration.Auth{"htpasswd": configuration.Parameters{"realm": "charts", "path": users}}
	server, err := registry.NewRegistry(context.Background(), config)
	if err != nil {
		log.Fatal(err)
	}
	log.Fatal(server.ListenAndServe())
}
