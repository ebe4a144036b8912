// Fills templates with Go's own text/template, sprig and the functions that Argo CD adds: the judge of ours.
//
// In, as JSON: {"data": …, "cases": [[template, option], …]}. Out: [{"text": …} or {"error": …}, …].
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"strings"
	"text/template"

	"github.com/Masterminds/sprig/v3"
	"github.com/gosimple/slug"
	"sigs.k8s.io/yaml"
)

type request struct {
	Data  map[string]any `json:"data"`
	Cases [][2]string    `json:"cases"`
}

type answer struct {
	Text  string `json:"text"`
	Error string `json:"error,omitempty"`
}

var notAName = regexp.MustCompile("[^-a-z0-9.]")

func normalize(name string) string {
	made := notAName.ReplaceAllString(strings.ToLower(name), "-")
	return strings.Trim(made[:min(len(made), 253)], "-.")
}

func slugify(given ...any) string {
	slug.MaxLength, slug.EnableSmartTruncate = 50, true
	last := len(given) - 1
	if last > 0 {
		slug.MaxLength = given[0].(int)
	}
	if last > 1 {
		slug.EnableSmartTruncate = given[1].(bool)
	}
	return slug.Make(normalize(given[last].(string)))
}

func functions() template.FuncMap {
	known := sprig.GenericFuncMap()
	known["normalize"], known["slugify"] = normalize, slugify
	known["toYaml"] = func(value any) (string, error) {
		made, err := yaml.Marshal(value)
		return strings.TrimSuffix(string(made), "\n"), err
	}
	known["fromYaml"] = func(text string) (map[string]any, error) {
		made := map[string]any{}
		return made, yaml.Unmarshal([]byte(text), &made)
	}
	known["fromYamlArray"] = func(text string) ([]any, error) {
		made := []any{}
		return made, yaml.Unmarshal([]byte(text), &made)
	}
	return known
}

func judge(text, option string, data map[string]any) (made answer) {
	defer func() {
		if failed := recover(); failed != nil {
			made = answer{Error: fmt.Sprint(failed)}
		}
	}()
	read, err := template.New("").Funcs(functions()).Parse(text)
	if err != nil {
		return answer{Error: err.Error()}
	}
	if option != "" {
		read = read.Option(option)
	}
	var written strings.Builder
	if err := read.Execute(&written, data); err != nil {
		return answer{Error: err.Error()}
	}
	return answer{Text: written.String()}
}

func main() {
	var asked request
	if err := json.NewDecoder(os.Stdin).Decode(&asked); err != nil {
		panic(err)
	}
	fresh, _ := json.Marshal(asked.Data)
	answers := []answer{}
	for _, each := range asked.Cases {
		data := map[string]any{} // of its own: some functions change what they are given
		if err := json.Unmarshal(fresh, &data); err != nil {
			panic(err)
		}
		answers = append(answers, judge(each[0], each[1], data))
	}
	written := json.NewEncoder(os.Stdout)
	written.SetEscapeHTML(false)
	if err := written.Encode(answers); err != nil {
		panic(err)
	}
}
