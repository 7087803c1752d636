/*
 * A C host that does for each event what Dovecot's driver for Lua does: the name of the handler is made of the
 * event's name, looked up among the globals and checked, the context is taken from the registry, a table is made
 * field by field with lua_setfield, and the handler is called under a traceback handler.
 *
 * c_host HANDLER EVENTS: for each number on standard input runs all transactions of the file so many times, and
 * answers with the seconds of processor time that it took. Strings are C's; numbers are doubles, which is what
 * Dovecot pushes. The file's form is in benchmarks/workload.py.
 */
#include <ctype.h>
#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define MOST_FIELDS 18

enum kind { TEXT, NUMBER, LIST };

struct field {
	const char *name;
	enum kind kind;
};

struct value {
	const char *text;
	double number;
	/* The names of a list, NULL at its end. */
	const char **names;
};

/* An event; one without a form ends its transaction. */
struct event {
	const struct form *form;
	struct value values[MOST_FIELDS];
};

struct form {
	const char *called, *event_name;
	struct field fields[MOST_FIELDS];
};

#define SAVED_MESSAGE                                                                                          \
	{"mailbox", TEXT}, {"uid", NUMBER}, {"uid_validity", NUMBER}, {"date", NUMBER}, {"tz", NUMBER},        \
	    {"from", TEXT}, {"to", TEXT}, {"subject", TEXT}, {"snippet", TEXT}, {"message_id", TEXT},          \
	    {"from_address", TEXT}, {"from_display_name", TEXT}, {"to_address", TEXT}, {"to_display_name", TEXT}

static const struct form forms[] = {
    {"scalars", "MessageNew", {SAVED_MESSAGE, {NULL, TEXT}}},
    {"lists", "MessageNew", {SAVED_MESSAGE, {"flags", LIST}, {"keywords", LIST}, {NULL, TEXT}}},
    {"flags",
     "FlagsSet",
     {{"mailbox", TEXT}, {"uid", NUMBER}, {"uid_validity", NUMBER}, {"flags", LIST}, {"keywords", LIST}, {NULL, TEXT}}},
};

static void fail(const char *what, const char *why)
{
	fprintf(stderr, "c_host: %s: %s\n", what, why);
	exit(1);
}

static void *allocated(void *before, size_t size)
{
	void *found = realloc(before, size);

	if (found == NULL)
		fail("memory", "there is no more");
	return found;
}

static const char **names_of(char *text)
{
	const char **names = allocated(NULL, sizeof(*names) * (strlen(text) + 2));
	size_t count = 0;

	for (char *name = strtok(text, ","); name != NULL; name = strtok(NULL, ","))
		names[count++] = name;
	names[count] = NULL;
	return names;
}

static const struct form *form_called(const char *name)
{
	for (size_t i = 0; i < sizeof(forms) / sizeof(*forms); i++) {
		if (strcmp(forms[i].called, name) == 0)
			return &forms[i];
	}
	fail(name, "there is no such form of event");
	return NULL;
}

static void read_event(struct event *event, char *line)
{
	char *rest = line;

	event->form = form_called(strsep(&rest, "\t"));
	for (size_t i = 0; event->form->fields[i].name != NULL; i++) {
		char *part = strsep(&rest, "\t");

		if (part == NULL)
			fail(event->form->called, "an event has too few fields");
		event->values[i] = (struct value){.text = part};
		if (event->form->fields[i].kind == NUMBER)
			event->values[i].number = strtod(part, NULL);
		else if (event->form->fields[i].kind == LIST)
			event->values[i].names = names_of(part);
	}
}

static struct event *read_events(const char *path, size_t *count)
{
	FILE *file = fopen(path, "r");
	struct event *events = NULL;
	char *line = NULL;
	size_t size = 0;

	*count = 0;
	if (file == NULL)
		fail(path, "cannot be read");
	while (getline(&line, &size, file) != -1) {
		line[strcspn(line, "\n")] = '\0';
		events = allocated(events, sizeof(*events) * (*count + 2));
		events[*count] = (struct event){.form = NULL};
		if (*line != '\0')
			read_event(&events[*count], strdup(line));
		++*count;
	}
	free(line);
	fclose(file);
	/* The last transaction ends with the file. */
	events[(*count)++] = (struct event){.form = NULL};
	return events;
}

/* MessageNew becomes dovecot_lua_notify_event_message_new. */
static void function_name(char *into, const char *event_name)
{
	into += sprintf(into, "dovecot_lua_notify_event");
	for (; *event_name != '\0'; event_name++) {
		if (isupper((unsigned char)*event_name))
			*into++ = '_';
		*into++ = (char)tolower((unsigned char)*event_name);
	}
	*into = '\0';
}

static void get_function(lua_State *lua, const char *name)
{
	lua_getglobal(lua, name);
	if (!lua_isfunction(lua, -1))
		fail(name, "is not a function");
}

static int with_traceback(lua_State *lua)
{
	luaL_traceback(lua, lua, lua_tostring(lua, 1), 1);
	return 1;
}

/* Call what is below its arguments. */
static void call(lua_State *lua, int arguments, int results)
{
	int below = lua_gettop(lua) - arguments;

	lua_pushcfunction(lua, with_traceback);
	lua_insert(lua, below);
	if (lua_pcall(lua, arguments, results, below) != 0)
		fail("script", lua_tostring(lua, -1));
	lua_remove(lua, below);
}

static void push_event(lua_State *lua, const struct event *event)
{
	lua_newtable(lua);
	lua_pushstring(lua, event->form->event_name);
	lua_setfield(lua, -2, "name");
	for (size_t i = 0; event->form->fields[i].name != NULL; i++) {
		const struct value *value = &event->values[i];

		switch (event->form->fields[i].kind) {
		case TEXT:
			lua_pushstring(lua, value->text);
			break;
		case NUMBER:
			lua_pushnumber(lua, value->number);
			break;
		case LIST:
			lua_newtable(lua);
			for (int place = 0; value->names[place] != NULL; place++) {
				lua_pushstring(lua, value->names[place]);
				lua_rawseti(lua, -2, place + 1);
			}
			break;
		}
		lua_setfield(lua, -2, event->form->fields[i].name);
	}
}

static int begin(lua_State *lua)
{
	get_function(lua, "dovecot_lua_notify_begin_txn");
	lua_newtable(lua);
	lua_pushstring(lua, "bob");
	lua_setfield(lua, -2, "username");
	call(lua, 1, 1);
	return luaL_ref(lua, LUA_REGISTRYINDEX);
}

static void end(lua_State *lua, int context)
{
	get_function(lua, "dovecot_lua_notify_end_txn");
	lua_rawgeti(lua, LUA_REGISTRYINDEX, context);
	lua_pushboolean(lua, 1);
	call(lua, 2, 0);
	luaL_unref(lua, LUA_REGISTRYINDEX, context);
}

static void run(lua_State *lua, const struct event *events, size_t count)
{
	int context = LUA_NOREF;
	char name[100];

	for (size_t i = 0; i < count; i++) {
		if (events[i].form == NULL) {
			end(lua, context);
			context = LUA_NOREF;
			continue;
		}
		if (context == LUA_NOREF)
			context = begin(lua);
		function_name(name, events[i].form->event_name);
		get_function(lua, name);
		lua_rawgeti(lua, LUA_REGISTRYINDEX, context);
		push_event(lua, &events[i]);
		call(lua, 2, 0);
	}
}

int main(int argc, char **argv)
{
	size_t count, size = 0;
	struct event *events;
	lua_State *lua;
	char *line = NULL;

	if (argc != 3)
		fail("usage", "c_host HANDLER EVENTS");
	lua = luaL_newstate();
	if (lua == NULL)
		fail("memory", "there is no more");
	luaL_openlibs(lua);
	if (luaL_dofile(lua, argv[1]))
		fail(argv[1], lua_tostring(lua, -1));
	events = read_events(argv[2], &count);
	while (getline(&line, &size, stdin) != -1) {
		clock_t began = clock();

		for (long left = strtol(line, NULL, 10); left > 0; left--)
			run(lua, events, count);
		printf("%.9f\n", (double)(clock() - began) / CLOCKS_PER_SEC);
		fflush(stdout);
	}
	lua_close(lua);
	return 0;
}
