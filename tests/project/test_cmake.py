"""Flags out of CMakeLists.txt and *.cmake files."""

from __future__ import annotations

import pytest

from tests.project.conftest import Repository

COMMAND = (
    "add_custom_command(OUTPUT prog.o\n"
    "  COMMAND ${CLANG} -target bpf ${FLAGS} -c ${CMAKE_CURRENT_SOURCE_DIR}/prog.c -o prog.o\n"
    "  DEPENDS prog.c COMMENT \"-DCOMMENT\" VERBATIM)\n"
)  # fmt: skip


@pytest.mark.parametrize(
    ("set_", "flags"),
    [
        ("set(FLAGS -O2 -DA) # -DB", ["-O2", "-DA"]),
        ("set(FLAGS \"-O2 -DA\")", ["-O2", "-DA"]),
        ("set(FLAGS -O2)\nlist(APPEND FLAGS -DA \"-DB=\\\"x\\\"\")", ["-O2", "-DA", "-DB=\"x\""]),
        ("set(FLAGS \"-O2\")\nstring(APPEND FLAGS \" -DA\")\nset(FLAGS \"${FLAGS} -DB\")", ["-O2", "-DA", "-DB"]),
        ("set(FLAGS -DA CACHE STRING \"-DDOC\")", ["-DA"]),
        ("set(TEXT \"-DA -DB\")\nseparate_arguments(FLAGS UNIX_COMMAND \"${TEXT}\")", ["-DA", "-DB"]),
        ("set(FLAGS -I${CMAKE_SOURCE_DIR}/inc -I${CMAKE_CURRENT_SOURCE_DIR} -I../inc)", ["-Iinc", "-Ibpf"]),
        ("set(FLAGS -I${CMAKE_CURRENT_BINARY_DIR}/x -DA$<CONFIG> -D$ENV{X} -DB)", ["-DB"]),
        ("set(FLAGS -DA)\nif(DEBUG)\n  list(APPEND FLAGS -DDEBUG)\nelse()\n  list(APPEND FLAGS -DN)\nendif()", ["-DA"]),
        ("if(NOT DEFINED FLAGS)\n  set(FLAGS -DA)\nendif()", ["-DA"]),
        ("#[[ set(FLAGS -DB) ]]\nset(FLAGS [[-DA]])", ["-DA"]),
        ("execute_process(COMMAND id -u OUTPUT_VARIABLE FLAGS)", []),
    ],
)  # fmt: skip
def test_variables_are_those_of_cmake(repository: Repository, set_: str, flags: list[str]) -> None:
    repository.write("inc/x.h")
    repository.write("CMakeLists.txt", "project(x C)\nset(CLANG clang)\nadd_subdirectory(bpf)\n")
    repository.write("bpf/CMakeLists.txt", f"{set_}\n{COMMAND}")
    assert repository.flags("bpf/prog.c") == flags
    if flags:
        layer = repository.layer("bpf/prog.c")
        assert (layer.origin, layer.line) == (
            str(repository.root / "bpf/CMakeLists.txt"),
            set_.count("\n") + 2,
        )
        assert layer.reason == "its custom command"


def test_the_hosts_flags_stay_there(repository: Repository) -> None:
    repository.write(
        "CMakeLists.txt",
        "set(CMAKE_C_FLAGS -DHOST)\nadd_definitions(-DALL)\nadd_executable(loader main.c)\nset(FLAGS -DBPF)\n"
        + COMMAND,
    )
    assert repository.flags("prog.c") == ["-DBPF"]


def test_a_target_that_cmake_compiles_for_bpf_is_read(repository: Repository) -> None:
    repository.write("inc/x.h")
    repository.write(
        "CMakeLists.txt",
        "include_directories(inc)\nadd_compile_definitions(ALL=1)\nadd_library(prog OBJECT prog.c)\n"
        "target_compile_options(prog PRIVATE -target bpf -O2)\ntarget_compile_definitions(prog PRIVATE MINE -DYOURS)\n"
        "add_executable(loader main.c)\ntarget_compile_options(loader PRIVATE -DLOADER)\n",
    )
    assert repository.flags("prog.c") == ["-Iinc", "-DALL=1", "-O2", "-DMINE", "-DYOURS"]
    assert repository.layer("prog.c").reason == "the target prog"


def test_the_body_of_a_function_is_read_where_it_is_defined(repository: Repository) -> None:
    repository.write("CMakeLists.txt", "include(cmake/bpf.cmake)\nbpf_object(prog prog.bpf.c)\n")
    repository.write(
        "cmake/bpf.cmake",
        "function(bpf_object name input)\n  add_custom_command(OUTPUT ${name}.o\n"
        "    COMMAND clang -g -O2 -target bpf -D__TARGET_ARCH_${ARCH} -DF -c ${input} -o ${name}.o)\nendfunction()\n",
    )
    assert repository.flags("prog.bpf.c") == ["-O2", "-DF"]
    assert set(repository.left_out("prog.bpf.c")) == {"-D__TARGET_ARCH_${ARCH}"}


@pytest.mark.parametrize("command", ["include(Bpf)", "find_package(Bpf REQUIRED)"])
def test_modules_of_the_project_are_found(repository: Repository, command: str) -> None:
    name = "Bpf" if command.startswith("include") else "FindBpf"
    repository.write("CMakeLists.txt", f"{command}\nset(FLAGS ${{FROM_MODULE}})\n{COMMAND}")
    repository.write(f"cmake/{name}.cmake", "set(FROM_MODULE -DMODULE)\n")
    assert repository.flags("prog.c") == ["-DMODULE"]


def test_the_command_of_the_source_counts(repository: Repository) -> None:
    other = COMMAND.replace("prog", "other").replace("${FLAGS}", "-DOTHER")
    repository.write("CMakeLists.txt", f"set(FLAGS -DMINE)\n{other}{COMMAND}")
    assert repository.flags("prog.c") == ["-DMINE"]
    assert repository.flags("other.c") == ["-DOTHER"]
    assert repository.layer("third.c").reason == "a custom command for other sources"


def test_a_pipe_and_a_shells_command_are_taken_apart(repository: Repository) -> None:
    repository.write(
        "CMakeLists.txt",
        "add_custom_target(a COMMAND clang -DA -emit-llvm -c prog.c -o - | llc -march=bpf -mcpu=v2 -o a.o)\n"
        'add_custom_target(b COMMAND sh -c "clang -DB -target bpf -c other.c -o b.o")\n',
    )
    assert repository.flags("prog.c") == ["-DA", "-mcpu=v2"]
    assert repository.flags("other.c") == ["-DB"]


def test_variables_that_no_command_uses_are_better_than_nothing(repository: Repository) -> None:
    repository.write("CMakeLists.txt", 'set(BPF_C_FLAGS "-O2 -DBPF")\nset(C_FLAGS -DHOST)\n')
    assert repository.flags("prog.c") == ["-O2", "-DBPF"]
