// Tells what Kubernetes' OpenAPI does not: how the Go types of the API are written as JSON, and which defaults they get.
//
// `facts types` prints a line per struct. `facts default` reads objects, one JSON text a line, and prints each as the API
// server has it after decoding and defaulting, or {"error": …}.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"strings"

	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"

	apiextensions "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/install"
	aggregator "k8s.io/kube-aggregator/pkg/apis/apiregistration/install"
	"k8s.io/kubernetes/pkg/api/legacyscheme"
	_ "k8s.io/kubernetes/pkg/controlplane"
)

type field struct {
	Name string `json:"name"`
	// bool, int, float, string, struct, slice, map, interface, custom (writes its own JSON)
	Kind     string `json:"kind"`
	Go       string `json:"go"`
	Pointer  bool   `json:"pointer,omitempty"`
	OmitZero bool   `json:"omitzero,omitempty"`
	OmitNone bool   `json:"omitempty,omitempty"`
}

type structure struct {
	Name   string          `json:"name"`
	Fields []field         `json:"fields,omitempty"`
	Kinds  []string        `json:"kinds,omitempty"`
	Zero   json.RawMessage `json:"zero,omitempty"`
}

var marshaler = reflect.TypeOf((*json.Marshaler)(nil)).Elem()

func main() {
	scheme := legacyscheme.Scheme
	apiextensions.Install(scheme)
	aggregator.Install(scheme)
	if len(os.Args) == 2 && os.Args[1] == "types" {
		printTypes(scheme)
	} else if len(os.Args) == 2 && os.Args[1] == "default" {
		printDefaults(scheme)
	} else {
		fmt.Fprintln(os.Stderr, "usage: facts types | facts default")
		os.Exit(2)
	}
}

func printTypes(scheme *runtime.Scheme) {
	out := json.NewEncoder(os.Stdout)
	seen := map[reflect.Type]bool{}
	for gvk, typ := range scheme.AllKnownTypes() {
		if gvk.Version == runtime.APIVersionInternal {
			continue
		}
		walk(typ, seen, func(s structure) { utilruntime.Must(out.Encode(s)) })
		zero, err := json.Marshal(reflect.New(typ).Interface())
		utilruntime.Must(err)
		utilruntime.Must(out.Encode(structure{Name: nameOf(typ), Kinds: []string{kindOf(gvk)}, Zero: zero}))
	}
}

func kindOf(gvk schema.GroupVersionKind) string {
	return strings.Join([]string{gvk.Group, gvk.Version, gvk.Kind}, "/")
}

// The name that OpenAPI gives a Go type: the domain of its package turned around.
func nameOf(typ reflect.Type) string {
	parts := strings.Split(typ.PkgPath(), "/")
	domain := strings.Split(parts[0], ".")
	for i, j := 0, len(domain)-1; i < j; i, j = i+1, j-1 {
		domain[i], domain[j] = domain[j], domain[i]
	}
	return strings.Join(append(append(domain, parts[1:]...), typ.Name()), ".")
}

func walk(typ reflect.Type, seen map[reflect.Type]bool, tell func(structure)) {
	for typ.Kind() == reflect.Pointer || typ.Kind() == reflect.Slice || typ.Kind() == reflect.Map {
		typ = typ.Elem()
	}
	if typ.Kind() != reflect.Struct || seen[typ] {
		return
	}
	seen[typ] = true
	found := structure{Name: nameOf(typ)}
	collect(typ, &found.Fields, func(below reflect.Type) { walk(below, seen, tell) })
	tell(found)
}

func collect(typ reflect.Type, fields *[]field, below func(reflect.Type)) {
	for i := 0; i < typ.NumField(); i++ {
		each := typ.Field(i)
		tag, ok := each.Tag.Lookup("json")
		parts := strings.Split(tag, ",")
		if !ok || tag == "-" || !each.IsExported() {
			continue
		}
		if parts[0] == "" && each.Anonymous {
			collect(each.Type, fields, below)
			continue
		}
		made := field{Name: parts[0], Kind: kindName(each.Type), Pointer: each.Type.Kind() == reflect.Pointer}
		made.Go = strings.TrimPrefix(each.Type.String(), "*")
		for _, option := range parts[1:] {
			made.OmitNone = made.OmitNone || option == "omitempty"
			made.OmitZero = made.OmitZero || option == "omitzero"
		}
		*fields = append(*fields, made)
		below(each.Type)
	}
}

func kindName(typ reflect.Type) string {
	if typ.Kind() == reflect.Pointer {
		typ = typ.Elem()
	}
	if typ.Implements(marshaler) || reflect.PointerTo(typ).Implements(marshaler) {
		return "custom"
	}
	switch typ.Kind() {
	case reflect.Int, reflect.Int32, reflect.Int64, reflect.Uint8, reflect.Int16:
		return "int"
	case reflect.Float64, reflect.Float32:
		return "float"
	default:
		return typ.Kind().String()
	}
}

func printDefaults(scheme *runtime.Scheme) {
	in := bufio.NewReaderSize(os.Stdin, 1<<20)
	out := json.NewEncoder(os.Stdout)
	codecs := serializer.NewCodecFactory(scheme)
	reader, decoder := codecs.UniversalDeserializer(), codecs.UniversalDecoder()
	info, _ := runtime.SerializerInfoForMediaType(codecs.SupportedMediaTypes(), runtime.ContentTypeJSON)
	for {
		line, err := in.ReadBytes('\n')
		if err != nil {
			return
		}
		_, kind, err := reader.Decode(line, nil, nil)
		var object runtime.Object
		if err == nil {
			// To the internal version and back, as the server does with all it stores.
			object, err = runtime.Decode(decoder, line)
		}
		if err == nil {
			err = codecs.EncoderForVersion(info.Serializer, kind.GroupVersion()).Encode(object, os.Stdout)
		}
		if err != nil {
			utilruntime.Must(out.Encode(map[string]string{"error": err.Error()}))
		}
	}
}
