package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

const (
	maxJSONDepth   = 8
	jsonIntegerEnd = 1 << 53
)

var plainInteger = regexp.MustCompile(`^(0|[1-9][0-9]*)$`)

// readJSONObject reads a text whose outermost value is an object, and refuses whatever two JSON readers could read
// differently: duplicate names, broken UTF-8, lone surrogates, numbers beyond double, deep nesting. Numbers stay as written.
func readJSONObject(text []byte) (map[string]any, error) {
	if len(text) == 0 || text[0] != '{' {
		return nil, errors.New("the JSON text does not start with an opening brace")
	}
	if !utf8.Valid(text) || !json.Valid(text) {
		return nil, errors.New("not strict JSON")
	}
	if hasLoneSurrogate(text) {
		return nil, errors.New("a lone surrogate in a JSON text")
	}
	tokens := json.NewDecoder(bytes.NewReader(text))
	tokens.UseNumber()
	value, err := readJSONValue(tokens, 0)
	if err != nil {
		return nil, err
	}
	return value.(map[string]any), nil
}

// readJSONValue takes the tokens of a text that json.Valid has passed; depth is the number of values around this one.
func readJSONValue(tokens *json.Decoder, depth int) (any, error) {
	token, err := tokens.Token()
	if err != nil {
		return nil, err
	}
	switch t := token.(type) {
	case json.Delim:
		if depth == maxJSONDepth {
			return nil, errors.New("JSON nested too deep")
		}
		if t == '{' {
			return readJSONMembers(tokens, depth+1)
		}
		return readJSONElements(tokens, depth+1)
	case json.Number:
		if _, err := strconv.ParseFloat(t.String(), 64); err != nil {
			return nil, errors.New("a number beyond double in a JSON text")
		}
	}
	return token, nil
}

func readJSONMembers(tokens *json.Decoder, depth int) (any, error) {
	members := map[string]any{}
	for tokens.More() {
		token, err := tokens.Token()
		if err != nil {
			return nil, err
		}
		name, ok := token.(string)
		if !ok {
			return nil, errors.New("a member name that is no string")
		}
		if _, twice := members[name]; twice {
			return nil, fmt.Errorf("the member name %q occurs twice in one JSON object", name)
		}
		if members[name], err = readJSONValue(tokens, depth); err != nil {
			return nil, err
		}
	}
	_, err := tokens.Token()
	return members, err
}

func readJSONElements(tokens *json.Decoder, depth int) (any, error) {
	elements := []any{}
	for tokens.More() {
		element, err := readJSONValue(tokens, depth)
		if err != nil {
			return nil, err
		}
		elements = append(elements, element)
	}
	_, err := tokens.Token()
	return elements, err
}

// hasLoneSurrogate looks for \u escapes of half a character, which encoding/json would replace in silence. The text has
// passed json.Valid, so a backslash starts a whole escape.
func hasLoneSurrogate(text []byte) bool {
	for i := 0; i < len(text); i++ {
		if text[i] != '\\' {
			continue
		}
		i++
		if text[i] != 'u' {
			continue
		}
		unit := escapedUnit(text[i+1:])
		i += 4
		if !utf16.IsSurrogate(unit) {
			continue
		}
		next := text[i+1:]
		if len(next) < 6 || next[0] != '\\' || next[1] != 'u' ||
			utf16.DecodeRune(unit, escapedUnit(next[2:])) == utf8.RuneError {
			return true
		}
		i += 6
	}
	return false
}

func escapedUnit(digits []byte) rune {
	unit, err := strconv.ParseUint(string(digits[:4]), 16, 16)
	if err != nil {
		return utf8.RuneError
	}
	return rune(unit)
}

// jsonInteger is a member that is an integer from 0 to 2^53 - 1, written without sign, fraction or exponent.
func jsonInteger(members map[string]any, name string) (int64, bool) {
	number, ok := members[name].(json.Number)
	if !ok || !plainInteger.MatchString(number.String()) {
		return 0, false
	}
	value, err := number.Int64()
	return value, err == nil && value < jsonIntegerEnd
}

func jsonString(members map[string]any, name string) (string, bool) {
	value, ok := members[name].(string)
	return value, ok
}

// jsonStrings is a member that is an array of nothing but strings.
func jsonStrings(members map[string]any, name string) ([]string, bool) {
	elements, ok := members[name].([]any)
	if !ok {
		return nil, false
	}
	texts := make([]string, 0, len(elements))
	for _, element := range elements {
		text, ok := element.(string)
		if !ok {
			return nil, false
		}
		texts = append(texts, text)
	}
	return texts, true
}
