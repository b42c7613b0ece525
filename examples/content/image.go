package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"sync"

	"golang.org/x/image/draw"

	"github.com/modreg/modreg"
)

// maxPixels is the largest image that is decoded: what a file of a few bytes may claim to be is not to fill the memory.
const maxPixels = 100_000_000

// imageConfig is the module's configuration; modules/image.yaml has its schema.
type imageConfig struct {
	Max     int `json:"max"`
	Quality int `json:"quality"`
}

type images struct {
	config imageConfig
	big    sync.Mutex // held while an image of more than bigPixels is in memory
}

// bigPixels is the size from which images are converted one at a time.
const bigPixels = 16_000_000

func newImage(_ context.Context, d modreg.Deps) (Converter, error) {
	m := &images{config: imageConfig{Max: 1024, Quality: 85}}
	return m, d.Config().Decode(&m.config)
}

func (m *images) Convert(ctx context.Context, in Document) (Result, error) {
	header, kind, err := image.DecodeConfig(bytes.NewReader(in.Data))
	if err != nil {
		return Result{}, err
	}
	if header.Width <= 0 || header.Height <= 0 || header.Width > maxPixels/header.Height {
		return Result{}, fmt.Errorf("the image is %d × %d pixels, and at most %d million are converted", header.Width, header.Height, maxPixels/1_000_000)
	}
	if header.Width*header.Height > bigPixels {
		m.big.Lock()
		defer m.big.Unlock()
	}
	img, _, err := image.Decode(bytes.NewReader(in.Data))
	if err != nil {
		return Result{}, err
	}
	if err := ctx.Err(); err != nil {
		return Result{}, err
	}
	turned := upright(img, orientation(in.Data))
	small := fit(turned, m.config.Max)
	out, extension, err := m.encode(small, kind)
	if err != nil {
		return Result{}, err
	}
	before, after := img.Bounds().Size(), small.Bounds().Size()
	if before == after && turned == img && len(out) >= len(in.Data) {
		return Result{Data: in.Data, Extension: extension, Note: "cannot be made smaller"}, nil
	}
	note := fmt.Sprintf("%dx%d", after.X, after.Y)
	if before != after {
		note = fmt.Sprintf("%dx%d to %s", before.X, before.Y, note)
	}
	return Result{Data: out, Extension: extension, Note: note}, nil
}

func (m *images) encode(img image.Image, kind string) (out []byte, extension string, err error) {
	var b bytes.Buffer
	switch kind {
	case "jpeg":
		err = jpeg.Encode(&b, img, &jpeg.Options{Quality: m.config.Quality})
		return b.Bytes(), ".jpg", err
	case "png":
		err = (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&b, paletted(img))
		return b.Bytes(), ".png", err
	}
	return nil, "", errors.New("the image is neither PNG nor JPEG")
}

// fit makes an image so much smaller that neither side is longer than most. It enlarges nothing.
func fit(img image.Image, most int) image.Image {
	size := img.Bounds().Size()
	longer := max(size.X, size.Y)
	if longer <= most {
		return img
	}
	scaled := image.NewNRGBA(image.Rect(0, 0, max(1, size.X*most/longer), max(1, size.Y*most/longer)))
	draw.CatmullRom.Scale(scaled, scaled.Bounds(), img, img.Bounds(), draw.Src, nil)
	return scaled
}

// paletted returns the same picture with a palette if it has at most 256 colours.
func paletted(img image.Image) image.Image {
	if _, ok := img.(*image.Paletted); ok {
		return img
	}
	bounds := img.Bounds()
	index := map[color.NRGBA]uint8{}
	out := image.NewPaletted(bounds, nil)
	for y := bounds.Min.Y; y < bounds.Max.Y; y++ {
		for x := bounds.Min.X; x < bounds.Max.X; x++ {
			r, g, b, a := img.At(x, y).RGBA()
			if (r>>8 != r&0xff) || (g>>8 != g&0xff) || (b>>8 != b&0xff) || (a>>8 != a&0xff) {
				return img // more than 8 bits a channel: a palette would lose some
			}
			c, _ := color.NRGBAModel.Convert(img.At(x, y)).(color.NRGBA)
			i, ok := index[c]
			if !ok {
				if len(index) == 256 {
					return img
				}
				i = uint8(len(index)) // at most 255
				index[c] = i
				out.Palette = append(out.Palette, c)
			}
			out.SetColorIndex(x, y, i)
		}
	}
	return out
}
