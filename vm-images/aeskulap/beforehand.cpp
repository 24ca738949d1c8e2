/*
 * SPDX-License-Identifier: Apache-2.0
 *
 * Lets Aeskulap start before it is known what it will show. Preloaded, it holds Aeskulap when its window is made and not
 * yet visible, until /tmp/vitrine/prepared is there; then Aeskulap opens the files that /tmp/vitrine/files names, one in
 * each line, in the place of those of its command line.
 *
 * It also has Aeskulap show what it has read when it has read it: by itself it looks every half second only. And it makes
 * /tmp/vitrine/showing when the first picture is painted.
 */
#include <cstdlib>
#include <dlfcn.h>
#include <fcntl.h>
#include <fstream>
#include <glibmm/ustring.h>
#include <list>
#include <string>
#include <unistd.h>

#define PREPARED "/tmp/vitrine/prepared"
#define FILES "/tmp/vitrine/files"
#define SHOWING "/tmp/vitrine/showing"
#define LOAD "_ZN9ImagePool10FileLoader4loadERKNSt7__cxx114listIN4Glib7ustringESaIS4_EEE"
#define RUN "_ZN9ImagePool10FileLoader3runEv"
#define LOOK "_ZN9ImagePool6Loader10on_timeoutEv"
#define PAINT "_ZN3Gdk8Drawable11draw_pixbufERKN4Glib6RefPtrIKNS_2GCEEERKNS2_INS_6PixbufEEEiiiiiiNS_9RgbDitherEii"

using Names = std::list<Glib::ustring>;

static const useconds_t LOOK_MICROSECONDS = 10000;
static const unsigned AGAIN_MILLISECONDS = 5;
/* After everything that paints. */
static const int LAST = G_PRIORITY_LOW;

extern "C" void gdk_flush();

template <typename Function> static Function *next(const char *name) {
    void *found = dlsym(RTLD_NEXT, name);
    if (found == nullptr)
        _exit(127);
    return reinterpret_cast<Function *>(found);
}

/* Aeskulap calls this once, with everything made and just before it shows its window. */
extern "C" void gtk_window_maximize(void *window) {
    while (access(PREPARED, F_OK) != 0)
        usleep(LOOK_MICROSECONDS);
    next<void(void *)>("gtk_window_maximize")(window);
}

extern "C" bool load(void *loader, const Names &) __asm__(LOAD);
bool load(void *loader, const Names &) {
    Names names;
    std::ifstream list(FILES);
    for (std::string name; std::getline(list, name);)
        names.push_back(name);
    return next<bool(void *, const Names &)>(LOAD)(loader, names);
}

/* Aeskulap's own look at what was read. It says false when that was all. */
static gboolean look(void *loader) {
    return next<bool(void *)>(LOOK)(loader);
}

/* Reads all files, in a thread of its own, which says a moment after this that it is done. */
extern "C" bool run(void *loader) __asm__(RUN);
bool run(void *loader) {
    bool good = next<bool(void *)>(RUN)(loader);
    g_timeout_add(AGAIN_MILLISECONDS, look, loader);
    return good;
}

static gboolean tell(void *) {
    gdk_flush();
    close(open(SHOWING, O_WRONLY | O_CREAT | O_CLOEXEC, 0644));
    return FALSE;
}

/* Aeskulap paints nothing but patients' pictures by this. */
extern "C" void paint(void *, const void *, const void *, int, int, int, int, int, int, int, int, int) __asm__(PAINT);
void paint(void *on, const void *style, const void *picture, int from_x, int from_y, int x, int y, int width, int height,
           int dither, int dither_x, int dither_y) {
    static bool told = false;
    next<decltype(paint)>(PAINT)(on, style, picture, from_x, from_y, x, y, width, height, dither, dither_x, dither_y);
    if (!told)
        g_idle_add_full(LAST, tell, nullptr, nullptr);
    told = true;
}
